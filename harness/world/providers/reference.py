"""This file decides how the reference page of resource types reads: it is written from the providers alone.

``python -m harness.world.providers.reference > docs/reference/resource-types.md`` writes it anew; a test
says when that is due.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.world.providers import PROVIDERS
from harness.world.providers.provider import Provider
from harness.world.providers.shapes import Items, Record, Shape, Table

_HEAD = """\
# Resource types

What a template may ask for. Everything else is refused by name, with the template's line, before anything is
created. What is `AWS::Serverless::...` becomes these types by SAM's transform first.

This page is written from the providers in `harness/world/providers/`:
`python -m harness.world.providers.reference > docs/reference/resource-types.md`.

- **honoured**: behaves as on AWS.
- **accepted**: makes no difference here, for the reason given.
- **refused**: AWS has it, nothing here behaves like it yet.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *(_section(PROVIDERS[name]) for name in sorted(PROVIDERS))])


def _section(provider: Provider) -> str:
    rows = [f"| `{name}` | {what} |" for name, what in sorted(_rows(provider.properties, ""))]
    attributes = ", ".join(f"`{name}`" for name in provider.attributes) or "none"
    return "\n".join(
        [
            f"## {provider.type}",
            "",
            f"`Fn::GetAtt`: {attributes}",
            "",
            "| property | here |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def _rows(record: Record, prefix: str) -> Iterator[tuple[str, str]]:
    for name, prop in record.properties.items():
        required = ", required" if prop.required else ""
        yield (
            prefix + name,
            f"accepted: {prop.inert}" if prop.inert else f"honoured{required}",
        )
        inner = _record_in(prop.shape)
        if inner is not None and not prop.inert:
            yield from _rows(inner, f"{prefix}{name}.")
    for name in record.not_yet:
        yield prefix + name, "refused"


def _record_in(shape: Shape) -> Record | None:
    while isinstance(shape, Items | Table):
        shape = shape.shape
    return shape if isinstance(shape, Record) else None


if __name__ == "__main__":
    print(reference(), end="")
