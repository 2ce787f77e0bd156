"""``/opt`` and ``/var/task``, as a function's code sees them."""

from __future__ import annotations

import builtins
import ctypes
import io
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.vendor import function_paths
from harness.vendor.function_paths import FunctionPaths
from harness.vendor.patches import Patches
from tests.invoke.conftest import World, open_world

JOINTS: list[tuple[Any, str]] = [
    (builtins, "open"),
    (io, "open"),
    *((os, name) for name in ("open", "listdir", "scandir", "system")),
    *((os, name) for name in ("access", "chdir", "lstat", "readlink", "stat")),
    *((os, name) for name in ("chmod", "mkdir", "remove", "rename", "replace", "rmdir", "unlink")),
    (subprocess.Popen, "__init__"),
    (ctypes.CDLL, "__init__"),
]
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="programs and paths as on Linux"),
    # Many a handler closes nothing.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from open_world(tmp_path)


def put(world: World, path: str, text: str, *, program: bool = False) -> Path:
    file = world.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    if program:
        file.chmod(0o755)
    return file


def answer(world: World, body: str, *layers: str) -> Any:
    """What a handler with this body returns; the layers are folders, the last one over the others."""
    head = "import os, subprocess\nfrom pathlib import Path\ndef handler(event, context):\n"
    spec = world.function("F", head + textwrap.indent(body, "    "))
    mounts = tuple(("/opt", world.folder / layer) for layer in reversed(layers))
    world.functions.register(replace(spec, mounts=mounts))
    result = world.call("F")
    payload = json.loads(result.payload)
    return payload if result.ok else (payload["errorType"], payload["errorMessage"])


def test_undo_restores_the_same_objects() -> None:
    before = [vars(owner)[name] for owner, name in JOINTS]
    with Patches() as patches:
        function_paths.apply(patches, active=lambda: None)
        assert all(vars(owner)[name] is not b for (owner, name), b in zip(JOINTS, before, strict=True))
        assert open is io.open
    assert all(vars(owner)[name] is b for (owner, name), b in zip(JOINTS, before, strict=True))


def test_upstream_has_one_file_system_for_everybody() -> None:
    with pytest.raises(FileNotFoundError):
        Path("/var/task/words.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "body",
    [
        "return open('/opt/data/words.txt').read()",
        "return Path('/opt/data/words.txt').read_text()",
        "return Path('/opt', 'data', 'words.txt').read_bytes().decode()",
        "return os.fdopen(os.open('/opt/data/words.txt', os.O_RDONLY)).read()",
        "import shutil\nreturn Path(shutil.copy('/opt/data/words.txt', os.environ['TMPDIR'])).read_text()",
        "os.chdir('/opt/data')\nreturn open('words.txt').read()",
        "return subprocess.run(['cat', '/opt/data/words.txt'], capture_output=True, text=True).stdout",
        "return subprocess.check_output('cat /opt/data/words.txt', shell=True, text=True)",
        "return subprocess.check_output(['cat', 'words.txt'], cwd='/opt/data', text=True)",
        "return os.popen('cat /opt/data/../data/words.txt').read()",
    ],
)
def test_a_file_of_a_layer_can_be_read(world: World, body: str) -> None:
    put(world, "layer/data/words.txt", "hello")
    assert answer(world, body, "layer") == "hello"


def test_a_file_of_the_function_lies_in_var_task(world: World) -> None:
    put(world, "F/words.txt", "hello")
    assert answer(world, "return [open('/var/task/words.txt').read(), sorted(os.listdir('/var/task/'))]") == [
        "hello",
        ["app.py", "words.txt"],
    ]


def test_layers_lie_over_one_another_the_last_on_top(world: World) -> None:
    for layer, names in {"one": ("a", "b"), "two": ("b", "c")}.items():
        for name in names:
            put(world, f"{layer}/data/{name}", layer)
    body = """
        found = [sorted(os.listdir('/opt/data')), sorted(e.name for e in os.scandir('/opt/data'))]
        found.append(sorted(p.name for p in Path('/opt').glob('data/*')))
        found.append([[sorted(files)] for _, _, files in os.walk('/opt/data')])
        return found + [open(f'/opt/data/{name}').read() for name in 'abc']
    """
    names = ["a", "b", "c"]
    assert answer(world, textwrap.dedent(body), "one", "two") == [names, names, names, [[names]], "one", "two", "two"]


def test_what_no_layer_has_is_not_there(world: World) -> None:
    put(world, "layer/data/words.txt", "hello")
    body = "return [os.path.exists('/opt/data/words.txt'), Path('/opt/data/none').exists(), os.path.isdir('/opt/data')]"
    assert answer(world, body, "layer") == [True, False, True]
    error = ("FileNotFoundError", "[Errno 2] No such file or directory: '/opt/data/none'")
    assert answer(world, "open('/opt/data/none')", "layer") == error
    assert answer(world, "open('/opt/data/words.txt')")[0] == "FileNotFoundError"


@pytest.mark.parametrize(
    "body",
    [
        "open('/opt/data/new.txt', 'w')",
        "open('/var/task/new.txt', 'a')",
        "os.open('/opt/new.txt', os.O_WRONLY | os.O_CREAT)",
        "Path('/opt/data/words.txt').write_text('x')",
        "os.remove('/opt/data/words.txt')",
        "os.makedirs('/var/task/new')",
        "os.rename('/opt/data/words.txt', '/tmp/words.txt')",
    ],
)
def test_nothing_can_be_written_there(world: World, body: str) -> None:
    put(world, "layer/data/words.txt", "hello")
    error_type, message = answer(world, body, "layer")
    assert error_type == "OSError"
    assert message.startswith("[Errno 30] Read-only file system: '/")
    assert (world.folder / "layer/data/words.txt").read_text(encoding="utf-8") == "hello"


@pytest.mark.parametrize("command", ["['/opt/bin/greet', 'you']", "['greet', 'you']", "'greet you', shell=True"])
def test_a_program_of_a_layer_can_be_started(world: World, command: str) -> None:
    put(world, "layer/bin/greet", '#!/bin/sh\necho "hello $1"\n', program=True)
    assert answer(world, f"return subprocess.check_output({command}, text=True)", "layer") == "hello you\n"


def test_a_program_finds_the_layers_shared_libraries_and_keeps_the_machines_variables(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_THE_MACHINE", "yes")
    put(world, "layer/lib/libx.so", "")
    body = """
        env = {'DATA': '/opt/data:/elsewhere/opt/x', 'PATH': os.environ['PATH']}
        show = 'echo "$LD_LIBRARY_PATH $FROM_THE_MACHINE $DATA"'
        return [subprocess.check_output(show, shell=True, text=True, env=e).split() for e in (None, env)]
    """
    put(world, "layer/data/x", "")
    lib, data = str(world.folder / "layer/lib"), str(world.folder / "layer/data")
    (first, *rest), second = answer(world, textwrap.dedent(body), "layer")
    assert first.split(":")[0] == lib
    assert rest == ["yes"]
    assert second == [lib, f"{data}:/elsewhere/opt/x"]


def test_a_shared_library_of_a_layer_can_be_loaded(world: World) -> None:
    put(world, "layer/lib/libx.so", "no library")
    error_type, message = answer(world, "import ctypes\nctypes.CDLL('/opt/lib/libx.so')", "layer")
    # It was found, which is all that can be said of this one.
    assert error_type == "OSError"
    assert "/opt/lib/libx.so" in message


def test_modules_are_found_where_the_code_says_and_belong_to_the_environment(world: World) -> None:
    put(world, "layer/tools/greeting/__init__.py", "from greeting.words import WORD")
    put(world, "layer/tools/greeting/words.py", "WORD = 'hello'")
    body = "import sys\nsys.path.append('/opt/tools')\nimport greeting\nreturn greeting.WORD"
    assert answer(world, body, "layer") == "hello"
    assert [name for name in sys.modules if name.startswith("greeting")] == []


def test_the_log_shows_paths_as_on_aws(world: World) -> None:
    put(world, "layer/data/words.txt", "hello")
    answer(world, "print(os.path.realpath('/opt/data/words.txt'), open('/opt/data/words.txt').name)", "layer")
    (line,) = [e.detail["text"] for e in world.kernel.trace.select("invoke", "logged")]
    assert line == "/opt/data/words.txt /opt/data/words.txt"


def test_outside_of_functions_nothing_is_changed(world: World) -> None:
    put(world, "layer/data/words.txt", "hello")
    assert not Path("/opt/data/words.txt").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat /opt/a", "cat L/a"),
        ("--file=/opt/a,/opt/b", "--file=L/a,/opt/b"),
        ("'/opt/a'", "'L/a'"),
        ("/usr/opt/a", "/usr/opt/a"),
        ("x/opt/a", "x/opt/a"),
        ("/opt", "/opt"),
        ("/optional/a", "/optional/a"),
        ("/opt/../opt/a", "L/a"),
    ],
)
def test_paths_are_found_within_a_command(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "a").touch()
    assert FunctionPaths([("/opt", tmp_path)]).in_text(text).replace(str(tmp_path), "L") == expected
