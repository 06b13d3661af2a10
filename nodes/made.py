"""What is written from the builtin types: their page, the sample for forms, the record of their schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nodes.handbook import handbook
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.describe import describe_type
from nodes.sdk.node import Node

PAGE: Final = Path("docs/nodes.md")
SAMPLE: Final = Path("frontend/src/forms/fixtures/builtin.json")
RECORD: Final = Path("tests/nodes/snapshots")
RECORDED: Final = ("type", "version", "effects", "starts", "streams", "answers", "ports", "config", "output")

Schema = Mapping[str, Any]


def made(catalogue: Catalogue) -> dict[Path, str]:
    """The text of each file, by its place in the checkout. `catalogue` has the builtin types alone."""
    types = sorted(catalogue.types.items())
    sample = {name: {"config": describe_type(kind)["config"]} for name, kind in types}
    return {
        PAGE: handbook(catalogue),
        SAMPLE: _text(sample),
        **{RECORD / f"{name}.json": _text(record(kind)) for name, kind in types},
    }


def record(node_type: type[Node]) -> dict[str, Any]:
    """What saved workflows depend on in a type."""
    described = describe_type(node_type)
    inside = ("inside",) if described["inside"] is not None else ()
    return {key: described[key] for key in (*RECORDED, *inside)}


def stale(catalogue: Catalogue, root: Path) -> list[Path]:
    """The files under `root` that are not as they would be written now; those of types that are gone too."""
    now = made(catalogue)
    gone = {file.relative_to(root) for file in (root / RECORD).glob("*.json")} - set(now)
    return sorted(gone | {file for file, text in now.items() if _read(root / file) != text})


def breaks(catalogue: Catalogue, root: Path) -> list[str]:
    """What a workflow that was saved before would stumble over, in sentences.

    Compares with the records under `root`. A type that raised its version says by `migrate` what becomes of
    older settings, so that anything may change there.
    """
    found: list[str] = []
    for name, kind in sorted(catalogue.types.items()):
        text = _read(root / RECORD / f"{name}.json")
        if not text:
            continue
        before, now = json.loads(text), record(kind)
        if now["version"] > before["version"]:
            continue
        found += [f"{name}: {said}" for said in _narrowed(before["config"], now["config"], "config", True)]
        for part in ("output", "inside"):
            said = _narrowed(before.get(part) or {}, now.get(part) or {}, part, False)
            found += [f"{name}: {one}" for one in said]
        ways_out = {port["name"] for port in now["ports"]}
        found += [
            f"{name}: the way out {p['name']!r} is gone."
            for p in before["ports"]
            if p["name"] not in ways_out
        ]
    return found


def _narrowed(before: Schema, now: Schema, at: str, is_given: bool) -> Iterator[str]:
    """What fitted `before` and does not fit `now`. `is_given`: it is filled in by people, not by the step."""
    if "type" in now and before.get("type", now["type"]) != now["type"]:
        yield f"{at} was {before['type']!r} and is {now['type']!r}."
        return
    if is_given and (lost := sorted(_choices(before) - _choices(now))) and _choices(now):
        yield f"{at} cannot be {', '.join(lost)} any more."
    fields, left = before.get("properties", {}), now.get("properties", {})
    for name, field in fields.items():
        if name not in left:
            yield f"{at}.{name} is gone."
        else:
            yield from _narrowed(field, left[name], f"{at}.{name}", is_given)
    if is_given:
        for name in sorted({*now.get("required", ())} - {*before.get("required", ())}):
            yield f"{at}.{name} must be filled in now."
    if isinstance(before.get("items"), dict) and isinstance(now.get("items"), dict):
        yield from _narrowed(before["items"], now["items"], f"{at}[]", is_given)


def _choices(schema: Schema) -> set[str]:
    return {str(one["const"]) for one in schema.get("oneOf", ()) if "const" in one} | {
        str(one) for one in schema.get("enum", ())
    }


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
