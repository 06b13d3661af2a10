"""Writes `docs/nodes.md`: every step type as the catalogue describes it, and where those of Dify went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from nodes.counterparts import APART, DIFY
from nodes.sdk.catalogue import BUILTIN, Catalogue
from nodes.sdk.complete import GROUPS
from nodes.sdk.describe import node_folder

HEAD: Final = """# Step types

Every type that comes with Treadle, as the editor learns it from the catalogue. This page is written by
`make nodes` from the types themselves (`nodes/builtin/`), and `make check` fails where it is not current:
change the type, not the page.
How to write one: [nodes/README.md](../nodes/README.md).

*Effects*: `none` can always be repeated, `read` looks at the world, `write` may change it.
Every type may also be left by `error`, where a connection leaves by it.
"""


def handbook(catalogue: Catalogue) -> str:
    """The whole page, of the builtin types alone: packs document themselves."""
    described = [one for one in catalogue.describe() if _is_builtin(catalogue, one["type"])]
    parts = [HEAD]
    for group in GROUPS:
        parts.append(f"## {group}\n")
        parts += [_type(one) for one in described if one["group"] == group]
    parts.append(_counterparts({one["type"]: one["title"] for one in described}))
    return "\n".join(parts)


def _is_builtin(catalogue: Catalogue, name: str) -> bool:
    folder = node_folder(catalogue.types[name])
    return folder is not None and folder.parent == BUILTIN


def _type(described: Mapping[str, Any]) -> str:
    lines = [f"### {described['title']} (`{described['type']}`)\n", f"{described['help']}\n"]
    lines.append(f"- Card: {_cell(described['sentence'])}")
    lines.append(f"- Effects: `{described['effects']}`{_version(described['version'])}")
    lines.append(f"- Ways out: {', '.join(_ports(described)) or 'none'}")
    lines.append(f"- Errors: {_errors(described['errors'])}")
    if described["inside"] is not None:
        seen = ", ".join(f"`{name}`" for name in described["inside"].get("properties", {}))
        lines.append(f"- Holds steps, which see {seen or 'nothing more'}")
    lines.append("")
    fields = list(_fields(described["config"]))
    if fields:
        lines += ["| setting | on screen | kind | means |", "| --- | --- | --- | --- |", *fields, ""]
    outputs = described["output"].get("properties", {})
    if outputs:
        lines += ["| gives | on screen | kind |", "| --- | --- | --- |"]
        lines += [_row(f"`{name}`", one.get("title", ""), _kind(one)) for name, one in outputs.items()]
        lines.append("")
    return "\n".join(lines)


def _version(version: int) -> str:
    return f", version {version}" if version > 1 else ""


def _ports(described: Mapping[str, Any]) -> Iterator[str]:
    for port in described["ports"]:
        yield f"`{port['name']}` ({port['title']})" if port["title"] else f"`{port['name']}`"


def _errors(codes: list[str] | None) -> str:
    if codes is None:
        return "any"
    return ", ".join(f"`{code}`" for code in codes) or "only for its settings"


def _fields(config: Mapping[str, Any]) -> Iterator[str]:
    required = set(config.get("required", ()))
    for name, schema in config.get("properties", {}).items():
        must = ", needed" if name in required else ""
        yield _row(f"`{name}`", schema.get("title", ""), _kind(schema) + must, schema.get("description", ""))
        for inner, one in schema.get("items", {}).get("properties", {}).items():
            yield _row(f"`{name}[].{inner}`", one.get("title", ""), _kind(one), one.get("description", ""))


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a word or two."""
    choices: list[Mapping[str, Any]] = schema.get("oneOf", [])
    if choices and all("const" in choice for choice in choices):
        return " · ".join(f"`{choice['const']}`" for choice in choices)
    if "enum" in schema:
        return " · ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = {"string": "text", "integer": "whole number", "boolean": "yes or no"}
    return words.get(kind, kind) if isinstance(kind, str) else "anything"


def _counterparts(titles: Mapping[str, str]) -> str:
    lines = ["## Coming from Dify\n", "Which types do here what a node type of Dify does.\n"]
    lines += ["| Dify | here | note |", "| --- | --- | --- |"]
    for name, found in sorted(DIFY.items()):
        here = ", ".join(_here(one, titles) for one in found.types)
        lines.append(_row(f"`{name}`", here or "–", found.note))
    lines += [_row(f"`{name}`", "later", note) for name, note in sorted(APART.items())]
    return "\n".join([*lines, ""])


def _here(name: str, titles: Mapping[str, str]) -> str:
    return f"*{titles[name]}* (`{name}`)" if name in titles else f"`{name}` (not there yet)"


def _row(*cells: str) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def differing(now: str, written: str) -> Iterable[str]:
    """The headings of the types about which two pages differ."""
    mine, theirs = _sections(now), _sections(written)
    return [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]


def _sections(page: str) -> dict[str, str]:
    parts = page.split("\n### ")
    return {part.split("\n", 1)[0]: part for part in parts}
