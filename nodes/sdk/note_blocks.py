"""Notes and groups in the form of a file: by id, places as lists, and only what is not as usual."""

from __future__ import annotations

from nodes.sdk.blocks import natural, tidy
from nodes.sdk.notes import USUAL_GROUP, USUAL_NOTE, Group, Note
from nodes.sdk.strict import read_object, shorten, wrong_type
from nodes.sdk.values import Json


def notes_to_blocks(notes: tuple[Note, ...]) -> dict[str, Json]:
    """The notes in the form of a file."""
    return {
        note.id: {
            **({"colour": note.colour} if note.colour != USUAL_NOTE else {}),
            "at": [tidy(one) for one in note.position],
            "size": [tidy(one) for one in note.size],
            "text": note.text,
        }
        for note in sorted(notes, key=lambda note: natural(note.id))
    }


def groups_to_blocks(groups: tuple[Group, ...]) -> dict[str, Json]:
    """The groups in the form of a file."""
    return {
        group.id: {
            "title": group.title,
            **({"colour": group.colour} if group.colour != USUAL_GROUP else {}),
            "nodes": list(group.nodes),
        }
        for group in sorted(groups, key=lambda group: natural(group.id))
    }


def notes_from_blocks(value: Json) -> list[Json]:
    """The JSON of the notes of a file, for `read_notes`. Raises GraphError."""
    if not isinstance(value, dict):
        raise wrong_type("notes", "an object")
    notes: list[Json] = []
    for id, block in value.items():
        at = f"notes.{shorten(id)}"
        fields = dict(read_object(block, at, frozenset({"text", "colour", "at", "size"})))
        x, y = _pair(fields.pop("at", [0, 0]), f"{at}.at")
        width, height = _pair(fields.pop("size", [240, 160]), f"{at}.size")
        notes.append(
            {"id": id, **fields, "position": {"x": x, "y": y}, "size": {"width": width, "height": height}}
        )
    return notes


def groups_from_blocks(value: Json) -> list[Json]:
    """The JSON of the groups of a file, for `read_groups`. Raises GraphError."""
    if not isinstance(value, dict):
        raise wrong_type("groups", "an object")
    known = frozenset({"title", "colour", "nodes"})
    return [
        {"id": id, **read_object(block, f"groups.{shorten(id)}", known, required=("nodes",))}
        for id, block in value.items()
    ]


def _pair(value: Json, at: str) -> list[Json]:
    if not isinstance(value, list) or len(value) != 2:
        raise wrong_type(at, "a list of two numbers")
    return value
