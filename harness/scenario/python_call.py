"""This file decides how a scenario names a Python function for what YAML cannot say well.

It finds the file and does not import it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, JsonValue, PrivateAttr, ValidationInfo, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.scenario.base import Item
from harness.scenario.files import Files


class PythonCall(Item):
    """Calls a Python function from a file beside the scenario file."""

    call: Annotated[
        str,
        Field(
            pattern=r"^[^:]+\.py:[A-Za-z_]\w*$",
            description='"file.py:function".',
            examples=["checks.py:total"],
        ),
    ]
    args: Annotated[dict[str, JsonValue], Field(description="Keyword arguments for it.")] = Field(default_factory=dict)
    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path:
        """The Python file, found on disk when the scenario was loaded."""
        return self._file or Path(self.call.rpartition(":")[0])

    @property
    def function(self) -> str:
        """The function's name in the file."""
        return self.call.rpartition(":")[2]

    @model_validator(mode="before")
    @classmethod
    def _plain_means_call(cls, value: Any) -> Any:
        return {"call": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Either the call alone or the mapping."""
        reference = handler(schema)
        model = handler.resolve_ref_schema(reference)
        mapping = {key: model.pop(key) for key in list(model) if key not in ("title", "description")}
        model["anyOf"] = [mapping["properties"]["call"], mapping]
        return reference

    @model_validator(mode="after")
    def _find(self, info: ValidationInfo) -> PythonCall:
        if isinstance(info.context, Files):
            self._file = info.context.python(str(self.file))
        return self
