"""This file decides what a mapping template gives: Velocity with API Gateway's $input, $context, $util.

The language is airspeed's. A template is the author's text and gets at data only: what Python hides behind an
underscore is refused. Paths in ``$input`` are JSONPath.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.parser import parse

_HIDDEN = re.compile(r"\.\s*_")


class BadTemplate(Exception):
    """A template that cannot be rendered; the message says why."""


def render(
    template: str,
    *,
    body: str,
    context: Mapping[str, Any],
    variables: Mapping[str, str],
    parameters: Mapping[str, Mapping[str, str]],
) -> str:
    """The text that the template gives. ``parameters`` has path, querystring and header, each by name.

    Raises:
        BadTemplate: it is no Velocity, or asks for what no template may.
    """
    import airspeed  # few pipelines have a mapping template

    if _HIDDEN.search(template):
        raise BadTemplate("a name that begins with an underscore cannot be asked for")
    names = {
        "input": Input(body, parameters),
        "context": dict(context),
        "stageVariables": dict(variables),
        "util": Util(),
    }
    try:
        text: str = airspeed.Template(template).merge(names)
    except BadTemplate:
        raise
    except Exception as error:
        # airspeed wraps whatever a template trips over.
        raise BadTemplate(" ".join(str(error).split())) from error
    return text


class Input:
    """``$input``."""

    def __init__(self, body: str, parameters: Mapping[str, Mapping[str, str]]) -> None:
        self.body = body
        self._parameters = parameters

    def json(self, path: str) -> str:
        """What is at the path, as JSON."""
        found = self._at(path)
        return '""' if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    def path(self, path: str) -> Any:
        """What is at the path, to look into."""
        found = self._at(path)
        return "" if found is None else found

    def params(self, name: str | None = None) -> Any:
        """A parameter from path, query or header, the first that has it; all of them without a name."""
        if name is None:
            return {kind: dict(values) for kind, values in self._parameters.items()}
        for kind in ("path", "querystring", "header"):
            if name in self._parameters[kind]:
                value = self._parameters[kind][name]
                return dict(value) if isinstance(value, dict) else value
        return dict(self._parameters[name]) if name in self._parameters else ""

    def _at(self, path: str) -> Any:
        try:
            document = json.loads(self.body) if self.body else {}
        except ValueError:
            document = self.body
        if path == "$":
            return document
        try:
            found = [m.value for m in parse(path).find(document)]
        except (JSONPathError, ValueError) as error:
            raise BadTemplate(f'"{path}" is no JSONPath: {error}') from error
        definite = not any(sign in path for sign in ("*", "..", "?", ":", ","))
        return (found[0] if found else None) if definite else found


class Util:
    """``$util``."""

    def escapeJavaScript(self, text: Any) -> str:  # noqa: N802 - AWS's name
        """The text as it can stand inside a JavaScript string."""
        quoted = json.dumps(str(text), ensure_ascii=False)[1:-1]
        return quoted.replace("'", "\\'").replace("/", "\\/")

    def parseJson(self, text: str) -> Any:  # noqa: N802 - AWS's name
        """What a JSON text stands for."""
        return json.loads(text)

    def urlEncode(self, text: Any) -> str:  # noqa: N802 - AWS's name
        """The text as a form has it."""
        return quote(str(text), safe="")

    def urlDecode(self, text: Any) -> str:  # noqa: N802 - AWS's name
        """What such a text stands for."""
        return unquote(str(text))

    def base64Encode(self, text: Any) -> str:  # noqa: N802 - AWS's name
        """The text as base64."""
        return base64.b64encode(str(text).encode()).decode()

    def base64Decode(self, text: Any) -> str:  # noqa: N802 - AWS's name
        """What a base64 text stands for."""
        return base64.b64decode(str(text)).decode(errors="replace")
