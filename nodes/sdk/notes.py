"""What people leave on a drawing for one another: notes, and named groups of steps. No run ever sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from nodes.sdk.strict import (
    NODE_ID,
    GraphError,
    check_text,
    read_list,
    read_name,
    read_number,
    read_object,
    read_title,
    shorten,
    wrong_type,
)
from nodes.sdk.values import Json

Colour = Literal["amber", "green", "blue", "violet", "pink", "grey"]

COLOURS: Final[tuple[Colour, ...]] = ("amber", "green", "blue", "violet", "pink", "grey")
USUAL_NOTE: Final[Colour] = "amber"
USUAL_GROUP: Final[Colour] = "blue"

MAX_NOTES: Final = 200
MAX_NOTE: Final = 5_000
"""The longest text of a note, in characters."""
MAX_GROUPS: Final = 100
NARROWEST, WIDEST = 140, 1_200
LOWEST, HIGHEST = 80, 1_200
FAR: Final = 10_000_000

_NOTE_FIELDS = frozenset({"id", "text", "colour", "position", "size"})
_GROUP_FIELDS = frozenset({"id", "title", "colour", "nodes"})

Homes = Mapping[str, str]
"""By the id of each node of a workflow, the id of the node that it lies in; "" at the top."""


@dataclass(frozen=True)
class Note:
    """A text in Markdown on the canvas: `position` is its upper left corner, `size` its width and height."""

    id: str
    text: str = ""
    colour: Colour = USUAL_NOTE
    position: tuple[float, float] = (0, 0)
    size: tuple[float, float] = (240, 160)


@dataclass(frozen=True)
class Group:
    """A frame with a name around nodes of one graph. It lies wherever they do."""

    id: str
    nodes: tuple[str, ...]
    title: str = ""
    colour: Colour = USUAL_GROUP


def notes_to_json(notes: tuple[Note, ...]) -> list[Json]:
    """The notes as `read_notes` takes them."""
    return [
        {
            "id": note.id,
            "text": note.text,
            "colour": note.colour,
            "position": {"x": note.position[0], "y": note.position[1]},
            "size": {"width": note.size[0], "height": note.size[1]},
        }
        for note in notes
    ]


def groups_to_json(groups: tuple[Group, ...]) -> list[Json]:
    """The groups as `read_groups` takes them."""
    return [
        {"id": group.id, "title": group.title, "colour": group.colour, "nodes": list(group.nodes)}
        for group in groups
    ]


def read_notes(value: Json) -> tuple[Note, ...]:
    """Reads the notes of a workflow strictly. Raises GraphError."""
    values = read_list(value, "notes")
    if len(values) > MAX_NOTES:
        raise GraphError(
            "too_many_notes", f"A workflow has at most {MAX_NOTES} notes.", "Delete some of them.", "notes"
        )
    notes = [_note(one, f"notes[{i}]") for i, one in enumerate(values)]
    _refuse_doubles([note.id for note in notes], "notes", "Two notes have")
    return tuple(notes)


def read_groups(value: Json, homes: Homes) -> tuple[Group, ...]:
    """Reads groups strictly: each holds nodes that are there, all in one graph. Raises GraphError."""
    values = read_list(value, "groups")
    if len(values) > MAX_GROUPS:
        raise GraphError(
            "too_many_groups", f"A workflow has at most {MAX_GROUPS} groups.", "Ungroup some steps.", "groups"
        )
    groups: list[Group] = []
    taken: set[str] = set()
    for i, one in enumerate(values):
        group = _group(one, f"groups[{i}]", homes)
        if doubled := taken.intersection(group.nodes):
            raise GraphError(
                "in_two_groups",
                f"The step {min(doubled)!r} is in two groups.",
                "Take it out of one of them.",
                f"groups[{i}].nodes",
            )
        taken.update(group.nodes)
        groups.append(group)
    _refuse_doubles([group.id for group in groups], "groups", "Two groups have")
    return tuple(groups)


def _note(value: Json, at: str) -> Note:
    fields = read_object(value, at, _NOTE_FIELDS, required=("id",))
    place = read_object(fields.get("position", {"x": 0, "y": 0}), f"{at}.position", *_both("x", "y"))
    size = read_object(
        fields.get("size", {"width": 240, "height": 160}), f"{at}.size", *_both("width", "height")
    )
    return Note(
        id=read_name(fields["id"], f"{at}.id", NODE_ID),
        text=_text(fields.get("text", ""), f"{at}.text"),
        colour=_colour(fields.get("colour", USUAL_NOTE), f"{at}.colour"),
        position=(
            read_number(place["x"], f"{at}.position.x", -FAR, FAR),
            read_number(place["y"], f"{at}.position.y", -FAR, FAR),
        ),
        size=(
            read_number(size["width"], f"{at}.size.width", NARROWEST, WIDEST),
            read_number(size["height"], f"{at}.size.height", LOWEST, HIGHEST),
        ),
    )


def _both(*names: str) -> tuple[frozenset[str], tuple[str, ...]]:
    return frozenset(names), names


def _group(value: Json, at: str, homes: Homes) -> Group:
    fields = read_object(value, at, _GROUP_FIELDS, required=("id", "nodes"))
    nodes = [
        read_name(one, f"{at}.nodes[{i}]", NODE_ID)
        for i, one in enumerate(read_list(fields["nodes"], f"{at}.nodes"))
    ]
    if not nodes:
        raise GraphError("group_without_steps", f"{at} holds no step.", "Delete the group.", f"{at}.nodes")
    for node_id in nodes:
        if node_id not in homes:
            raise GraphError(
                "unknown_node", f"The group names {node_id!r}, which is no step.", field=f"{at}.nodes"
            )
    _refuse_doubles(nodes, f"{at}.nodes", "A group names twice the step with")
    if len({homes[node_id] for node_id in nodes}) > 1:
        raise GraphError(
            "split_group",
            f"{at} holds steps that do not lie in the same frame.",
            "Group steps of one frame.",
            f"{at}.nodes",
        )
    return Group(
        id=read_name(fields["id"], f"{at}.id", NODE_ID),
        nodes=tuple(nodes),
        title=read_title(fields.get("title", ""), f"{at}.title"),
        colour=_colour(fields.get("colour", USUAL_GROUP), f"{at}.colour"),
    )


def _text(value: Json, at: str) -> str:
    if not isinstance(value, str):
        raise wrong_type(at, "a text")
    check_text(value, at)
    if len(value) > MAX_NOTE:
        raise GraphError("text_too_long", f"{at} is longer than {MAX_NOTE:,} characters.", field=at)
    return value


def _colour(value: Json, at: str) -> Colour:
    if value not in COLOURS:
        raise GraphError(
            "wrong_type",
            f"{at} is {shorten(value)!r}, which is no colour here.",
            f"It is one of: {', '.join(COLOURS)}.",
            at,
        )
    return value


def _refuse_doubles(ids: list[str], at: str, said: str) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise GraphError("duplicate_id", f"{said} the id {one!r}.", "Give one another id.", at)
        seen.add(one)
