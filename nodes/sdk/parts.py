"""Parts of a value by where they stand in it, such as `orders[0].status`."""

from __future__ import annotations

from nodes.sdk.graph import Ref
from nodes.sdk.resolve import look_up
from nodes.sdk.templates import Expression, TemplateError, parse_template
from nodes.sdk.values import Json


def part_ref(path: str) -> Ref:
    """`path` as a ref into `it`. Raises TemplateError for what is no path."""
    path = path.strip()
    pieces = parse_template(f"{{{{ it{'' if path.startswith('[') else '.'}{path} }}}}")
    part = pieces[0]
    if len(pieces) != 1 or not isinstance(part, Expression) or part.ref is None or part.filters:
        raise TemplateError("This is not a part of a value.", 0)
    return part.ref


def part_of(value: Json, path: str) -> Json:
    """The part of `value` at `path`, all of it for ""; None where there is none. Raises TemplateError."""
    return look_up(part_ref(path), {"it": value}) if path.strip() else value
