"""This file decides what becomes of code that clients upload: a folder of its own, and a function that runs from it.

The same archive is unpacked once. A function's layers are laid over one another in one folder, in the order in which it
names them, as on AWS in ``/opt``; Python looks into ``python/lib/python3.x/site-packages`` and ``python`` in it.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from harness.processes.programs import CannotRun, check
from harness.vendor.lambda_code import CodeRefused
from harness.world.archives import BadArchive, unpack
from harness.world.functions import Functions, FunctionSpec

# LAM-08
DEFAULT_TIMEOUT_S, DEFAULT_MEMORY_MB = 3, 128
_NO_ARCHIVE = "Could not unzip uploaded file. Please check your file, then try to upload again."


class Packages:
    """The folders of what was uploaded, and the functions made of them; a ``CodeTaker``."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._root: Path | None = None
        self._layers: dict[str, Path] = {}

    def close(self) -> None:
        """Throw all folders away."""
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    # -- what the API asks and tells ----------------------------------------------------------------

    def check(self, spec: dict[str, Any]) -> None:
        """See ``CodeTaker``."""
        code = spec.get("Code") or {}
        if "ImageUri" in code or spec.get("PackageType") == "Image":
            name = spec.get("FunctionName", "The function")
            raise CodeRefused(f"{name} is a container image; images do not run in the harness. Give it a zip package.")
        try:
            check(spec.get("Runtime") or "")
        except CannotRun as error:
            raise CodeRefused(str(error)) from None

    def take(self, archive: bytes) -> Path:
        """See ``CodeTaker``."""
        folder = self._new(hashlib.sha256(archive).hexdigest())
        if folder.exists():
            return folder
        half = folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        try:
            unpack(io.BytesIO(archive), half)
        except BadArchive as error:
            shutil.rmtree(half, ignore_errors=True)
            raise CodeRefused(f"{_NO_ARCHIVE} ({error})") from None
        half.rename(folder)
        return folder

    def created(self, arn: str, spec: dict[str, Any], folder: Path, version: str | None) -> None:
        """See ``CodeTaker``."""
        self._functions.register(
            FunctionSpec(
                logical_id=spec["FunctionName"],
                name=spec["FunctionName"],
                arn=arn,
                handler=spec.get("Handler") or "",
                code_dir=folder,
                runtime=spec["Runtime"],
                role_arn=spec["Role"],
                timeout_s=spec.get("Timeout") or DEFAULT_TIMEOUT_S,
                memory_mb=spec.get("MemorySize") or DEFAULT_MEMORY_MB,
                environment=(spec.get("Environment") or {}).get("Variables") or {},
                by_client=True,
                **self.layered(tuple(spec.get("Layers") or ())),
            )
        )
        if version is not None:
            self._functions.publish(arn, version)

    def changed(self, arn: str, folder: Path) -> None:
        """See ``CodeTaker``."""
        self._functions.change(arn, code_dir=folder)

    def layer_published(self, arn: str, folder: Path) -> None:
        """See ``CodeTaker``."""
        self._layers[arn] = folder
        self._functions.layers[arn] = python_folders(folder)

    # -- layers -------------------------------------------------------------------------------------

    def layered(self, arns: tuple[str, ...]) -> dict[str, Any]:
        """The fields of a function that has these layers."""
        known = [self._layers[arn] for arn in arns if arn in self._layers]
        if not known:
            # A template's layers stay where they are on disk.
            folders = (folder for arn in reversed(arns) for folder in self._functions.layers.get(arn, ()))
            mounts = (self._functions.mounts[arn] for arn in reversed(arns) if arn in self._functions.mounts)
            return {"layers": tuple(folders), "mounts": tuple(mounts), "opt": None}
        together = "\n".join(map(str, known))
        opt = self._new(f"opt-{hashlib.sha256(together.encode()).hexdigest()}")
        if not opt.exists():
            for folder in known:
                shutil.copytree(folder, opt, dirs_exist_ok=True)
        return {"layers": python_folders(opt), "mounts": (), "opt": opt}

    def _new(self, name: str) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="harness-packages-")).resolve()
        return self._root / name


def python_folders(opt: Path) -> tuple[Path, ...]:
    """The folders of a layer that Python looks into."""
    python = opt / "python"
    return tuple(folder for folder in (*sorted(python.glob("lib/python3.*/site-packages")), python) if folder.is_dir())
