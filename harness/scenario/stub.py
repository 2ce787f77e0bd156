"""This file decides how a scenario answers for what is not in the pipeline: AWS calls and addresses outside.

It does not answer anything (``harness/outside``), and whether an answer has the shape that AWS gives it is said by
``stub_shapes.py``. The first stub that fits a call answers it; of several answers each is given once, in order, and
the last one from then on.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import Field, JsonValue, ModelWrapValidatorHandler, model_validator
from pydantic_core import PydanticCustomError

from harness.scenario.base import Choice, Item, Maybe, Part, exactly_one
from harness.scenario.jmes import JsonMatchers
from harness.scenario.python_call import PythonCall
from harness.scenario.values import Duration

AwsCall = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9-]+\.[A-Z][A-Za-z0-9]+$",
        description="Service and operation of an AWS call.",
        examples=["rekognition.DetectLabels"],
    ),
]
Url = Annotated[
    str,
    Field(
        pattern=r"^https?://[^/\s]+(/\S*)?$",
        description="Address of an HTTP request; * stands for anything but a slash, ** for anything. "
        "Without a ? it fits with any query.",
        examples=["https://api.example.com/v1/**"],
    ),
]
Method = Annotated[
    str, Field(pattern=r"^[A-Z]+$", description="Only this HTTP method.", examples=["POST"], max_length=20)
]

HTTP_ERRORS = {
    "ConnectionRefused": "nobody listens there",
    "ConnectionReset": "the connection breaks before an answer comes",
    "NameNotFound": "the name has no address",
    "Timeout": "no answer ever comes",
}
"""The error codes of a stub with a ``url``: what keeps an answer from coming at all."""

_ANSWERS = ("returns", "error", "python")


class StubError(Part):
    """An error in the place of an answer."""

    code: Annotated[
        str,
        Field(
            min_length=1,
            description="AWS's error code; for a url one of " + ", ".join(HTTP_ERRORS) + ".",
            examples=["ThrottlingException"],
        ),
    ]
    message: Annotated[str, Field(description="Its message.")] = "This failure was asked for by the scenario."


class StubAnswer(Item):
    """One answer."""

    returns: Annotated[
        Maybe[JsonValue],
        Field(
            description="Of an AWS call: what it returns, as boto3 gives it. Of a url: a mapping with status "
            "(200 unless given), headers, and json or text."
        ),
    ] = None
    error: Annotated[Maybe[StubError], Field(description="It fails.")] = None
    python: Annotated[
        Maybe[PythonCall],
        Field(description="Python that is given the request's parameters and returns what returns may hold."),
    ] = None
    delay: Annotated[Maybe[Duration], Field(description="Virtual time that passes before the answer comes.")] = None

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        made = handler(value)
        if not isinstance(value, StubAnswer):
            made._where = getattr(value, "where", None)
            if made.python is not None:
                made.python._where = made._where
        return made

    @model_validator(mode="after")
    def _one_answer(self) -> Any:
        exactly_one(self, _ANSWERS)
        return self


class Asked(Part):
    """Which calls and requests are meant: what a stub answers, and what a check counts."""

    call: Maybe[AwsCall] = None
    url: Maybe[Url] = None
    method: Maybe[Method] = None
    parameters: Annotated[
        JsonMatchers,
        Field(
            description="Only those whose parameters fit: JMESPath and matcher. An AWS call's are named as in boto3; a "
            "request's are url, method, path, query, headers (in small letters), json and text.",
        ),
    ] = Field(default_factory=dict)

    def is_for_url(self, method: str, url: str) -> bool:
        """Whether it means such a request, by method and address."""
        if self.url is None or self.method not in (None, method):
            return False
        return url_pattern(self.url).fullmatch(url if "?" in self.url else url.partition("?")[0]) is not None

    def why_not(self, document: Any) -> list[str]:
        """Why the parameters do not fit, one sentence per expression; none if they all do."""
        problems = []
        for path, matcher in self.parameters.items():
            try:
                problem = matcher.check(jmespath.search(path, document))
            except JMESPathError as error:
                problem = f"it cannot be asked: {str(error).splitlines()[0]}"
            if problem:
                problems.append(f"`{path}`: {problem}")
        return problems


@cache
def url_pattern(text: str) -> re.Pattern[str]:
    """What an address with ``*`` and ``**`` fits; scheme and host in any case, a missing path is ``/``."""
    head, slashes, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    whole = f"{head.lower()}{slashes}{host.lower()}/{path}" if slash or "?" not in rest else text
    parts = re.split(r"(\*\*|\*)", whole)
    return re.compile("".join({"*": "[^/?]*", "**": ".*"}.get(part, re.escape(part)) for part in parts))


class Stub(StubAnswer, Asked, Choice):
    """An answer from outside the pipeline: exactly one of call and url, and one of returns, error, python, answers."""

    choices = ("call", "url")

    answers: Annotated[
        Maybe[tuple[StubAnswer, ...]],
        Field(strict=False, min_length=1, description="Several answers, one after the other; the last one stays."),
    ] = None

    @model_validator(mode="after")
    def _one_answer(self) -> Any:
        exactly_one(self, (*_ANSWERS, "answers"))
        if self.answers is not None and self.delay is not None:
            raise PydanticCustomError("stub_delay", "delay")
        if self.call is not None and self.method is not None:
            raise PydanticCustomError("stub_method", "method")
        return self

    @property
    def in_order(self) -> tuple[StubAnswer, ...]:
        """The answers in the order in which they are given."""
        return self.answers if self.answers is not None else (self,)
