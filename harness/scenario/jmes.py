"""This file decides what may stand under ``json`` and ``output``: JMESPath expressions and their matchers."""

from __future__ import annotations

from typing import Annotated

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from harness.scenario.matchers import Matcher


def _compiles(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except (JMESPathError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0].removeprefix("Invalid jmespath expression: ").rstrip(":. ")
        raise PydanticCustomError("jmespath", "no JMESPath", {"text": expression, "reason": reason}) from None
    return expression


JsonMatchers = dict[Annotated[str, AfterValidator(_compiles)], Matcher]
