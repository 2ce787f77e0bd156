"""This file decides how a function comes to stand: in AWS's API with a placeholder for code, and in
``Functions`` with its folder on disk, from where it is run.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.errors import did_you_mean, shown_path
from harness.vendor.lambda_code import MAXIMUM_UNZIPPED_BYTES
from harness.world import made_folders
from harness.world.functions import FunctionSpec
from harness.world.intrinsics import PENDING
from harness.world.providers.layer import check_layers, mounts, python_folders
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import (
    TAGS,
    Items,
    Record,
    Table,
    Text,
    Whole,
    honoured,
    inert,
    tag_table,
)
from harness.world.requirements import check_requirements

# LAM-08
DEFAULT_TIMEOUT_S = 3
DEFAULT_MEMORY_MB = 128

LONGEST_INLINE_BYTES = 4_194_304

_PASSED_ON = (
    "Architectures",
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)


def _check(request: Request) -> None:
    """Refuse a runtime that does not run here, a handler whose module is not in the folder, and a folder too large."""
    runtime, handler = request.properties["Runtime"], request.properties["Handler"]
    why_not = request.functions.why_not(runtime) if runtime is not PENDING else None
    if why_not is not None:
        raise request.place.down("Runtime").refuse(
            f'Runtime of {request.place.of} is "{runtime}"; {why_not}',
            "Name a runtime such as python3.12.",
        )
    if handler is not PENDING and (runtime is PENDING or runtime.startswith("python")):
        _check_handler(request, handler)
    folder = request.code.folders.get(request.logical_id)
    check_layers(request)
    if folder is not None:
        check_requirements(folder, request.place.down("Handler"))
    _check_size(request)


def _check_handler(request: Request, handler: str) -> None:
    place = request.place.down("Handler")
    folder = _folder(request)
    # With layers the module may be in one of them, and which those are is known when they stand.
    if folder is None or request.properties.get("Layers"):
        return
    module, _, name = handler.rpartition(".")
    if not module or not name:
        raise place.refuse(
            f'Handler of {place.of} is "{handler}"; it must be a module and a function, as in app.handler.',
            "Name the file without its ending, a dot, and the function in it.",
        )
    file = folder.joinpath(*module.replace("/", ".").split("."))
    if file.with_name(file.name + ".py").is_file() or (file / "__init__.py").is_file():
        return
    modules = [p.relative_to(folder).with_suffix("").as_posix() for p in sorted(folder.rglob("*.py"))]
    raise place.refuse(
        f'Handler of {place.of} is "{handler}", and the folder "{shown_path(folder)}" has no module "{module}".',
        did_you_mean(module, modules),
    )


def _folder(request: Request) -> Path | None:
    """Where the code lies; None for inline code that is not known yet."""
    code = request.properties["Code"]
    if "ZipFile" not in code:
        return request.code.folders[request.logical_id]
    text = code["ZipFile"]
    if text is PENDING:
        return None
    place = request.place.down("Code").down("ZipFile")
    if len(text.encode()) > LONGEST_INLINE_BYTES:
        raise place.refuse(f"{place.name} of {place.of} is longer than {LONGEST_INLINE_BYTES} bytes, AWS's limit.")
    return made_folders.of_inline(text, _inline_end(request))


def _inline_end(request: Request) -> str:
    runtime = request.properties["Runtime"]
    return ".js" if runtime is not PENDING and runtime.startswith("nodejs") else ".py"


def _check_size(request: Request) -> None:
    # LAM-27
    size = request.code.size(request.logical_id)
    if size > MAXIMUM_UNZIPPED_BYTES:
        folder = shown_path(request.code.folders[request.logical_id])
        raise request.place.down("Code").refuse(
            f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes "
            f'(the folder "{folder}" of {request.place.of} has {size:,}).',
            "Data, tests and what the runtime has already (boto3) do not belong into the folder of the code.",
        )


def _create(request: Request) -> Created:
    properties = request.properties
    functions_api = request.client("lambda")
    name = request.name("FunctionName", 64)
    answer = functions_api.create_function(
        FunctionName=name,
        Code={"ZipFile": _placeholder_archive()},
        Tags=tag_table(properties.get("Tags")),
        # moto knows those of this account only.
        Layers=[arn for arn in properties.get("Layers", ()) if arn in request.functions.layers],
        **{key: properties[key] for key in _PASSED_ON if key in properties},
    )
    reserved = properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        functions_api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    arn = answer["FunctionArn"]
    folder = _folder(request)
    assert folder is not None  # nothing is pending any more
    request.functions.register(
        FunctionSpec(
            logical_id=request.full_id,
            name=name,
            arn=arn,
            handler=properties["Handler"],
            code_dir=folder,
            runtime=properties["Runtime"],
            role_arn=properties["Role"],
            timeout_s=properties.get("Timeout", DEFAULT_TIMEOUT_S),
            memory_mb=properties.get("MemorySize", DEFAULT_MEMORY_MB),
            environment=properties.get("Environment", {}).get("Variables", {}),
            layers=python_folders(request),
            mounts=mounts(request),
            reserved_concurrency=reserved,
            may_recurse=properties.get("RecursiveLoop") == "Allow",
            where=request.place.where(request.place.down("Handler").path),
        )
    )
    return Created(name, {"Arn": arn})


@lru_cache(maxsize=1)
def _placeholder_archive() -> bytes:
    """An archive with one fixed file: the API wants code, and the code is run from disk."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("code_is_on_disk.py"), "")
    return buffer.getvalue()


_ONE_MACHINE = "kept and shown by the API; code runs on this machine's own processor"
_CODE: Any = Record({"S3Bucket": honoured(Text()), "S3Key": honoured(Text()), "ZipFile": honoured(Text())})

FUNCTION = Provider(
    type="AWS::Lambda::Function",
    properties=Record(
        {
            "Architectures": inert(Items(Text(choices=("arm64", "x86_64"))), _ONE_MACHINE),
            "Code": honoured(_CODE, required=True),
            "DeadLetterConfig": honoured(Record({"TargetArn": honoured(Text())})),
            "Description": inert(Text(), "a comment"),
            "Environment": honoured(Record({"Variables": honoured(Table(Text()))})),
            "EphemeralStorage": inert(
                Record({"Size": honoured(Whole(512, 10_240), required=True)}),
                "kept and shown by the API; the disk of this machine is the limit",
            ),
            "FunctionName": honoured(Text(longest=64)),
            "Handler": honoured(Text(longest=128), required=True),
            "Layers": honoured(Items(Text())),
            "LoggingConfig": inert(
                Record(
                    {"LogFormat": honoured(Text(choices=("Text",)))},
                    not_yet=("ApplicationLogLevel", "LogGroup", "SystemLogLevel"),
                ),
                "LogFormat: Text is how a function logs anyway; JSON is refused",
            ),
            "MemorySize": honoured(Whole(128, 10_240)),
            "PackageType": inert(Text(choices=("Zip",)), "Zip is the only kind that runs here"),
            "RecursiveLoop": honoured(Text(choices=("Allow", "Terminate"))),
            "ReservedConcurrentExecutions": honoured(Whole(0)),
            "Role": honoured(Text(), required=True),
            "Runtime": honoured(Text(), required=True),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "Timeout": honoured(Whole(1, 900)),
            "TracingConfig": inert(
                Record({"Mode": honoured(Text(choices=("Active", "PassThrough")))}),
                "kept; there is no X-Ray here, the trace shows the way",
            ),
        },
        not_yet=(
            "CapacityProviderConfig",
            "CodeSigningConfigArn",
            "DurableConfig",
            "FileSystemConfigs",
            "FunctionScalingConfig",
            "ImageConfig",
            "KmsKeyArn",
            "PublishToLatestPublished",
            "RuntimeManagementConfig",
            "SnapStart",
            "TenancyConfig",
            "VpcConfig",
        ),
    ),
    attributes=("Arn",),
    create=_create,
    check=_check,
)
