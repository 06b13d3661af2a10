"""Works on a list: which of its items, in which order, how many, by groups."""

from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from typing import Any, Literal

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.conditions import OPERATORS, Match, Operator, fold, holds, number
from nodes.sdk.parts import part_of, part_ref
from nodes.sdk.templates import TemplateError, holds_ref
from nodes.sdk.values import lines, to_text

Order = Literal["keep", "ascending", "descending", "reverse"]
Which = Literal["all", "first", "last", "between"]


TITLES = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
    "matches_any": "mentions one of",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "is_true": "is yes",
    "is_false": "is no",
}


class Criterion(NodeConfig):
    """What must be true of an item."""

    part: str = Field(
        "",
        title="Part of the item",
        help="Empty: the item itself. Otherwise where the part stands, such as address.city.",
        placeholder="price",
        max_length=300,
    )
    operator: Operator = Field("is", title="Comparison", choices=TITLES)
    value: Json = Field(
        None,
        title="Value",
        widget="template",
        show_when={"field": "operator", "is": [name for name, needs in OPERATORS.items() if needs]},
    )


class ListItems(Node):
    """Picks, sorts, cuts and groups the items of a list."""

    type, title, group, effects = "list_items", "Work on a list", "Advanced", "none"
    fails_with = ("not_a_list",)
    sentence = "Works on the list {items}."

    class Config(NodeConfig):
        items: Json = Field(
            title="List",
            help="A list from an earlier step, or a text with one item a line.",
            widget="template",
        )
        criteria: list[Criterion] = Field(
            [], title="Only items where", help="Left empty, all are kept.", widget="rows", max_length=20
        )
        match: Match = Field(
            "all",
            title="Keep an item when",
            choices={"all": "All of that is true", "any": "Any of that is true"},
            more=True,
        )
        unique: bool = Field(
            False, title="Each only once", help="Of items that are the same, the first stays."
        )
        order: Order = Field(
            "keep",
            title="Order",
            choices={
                "keep": "As it is",
                "ascending": "Smallest or A first",
                "descending": "Largest or Z first",
                "reverse": "Back to front",
            },
        )
        order_by: str = Field(
            "",
            title="Sort by this part",
            help="Empty: by the item itself. Otherwise where the part stands, such as address.city.",
            placeholder="price",
            max_length=300,
            show_when={"field": "order", "is": ["ascending", "descending"]},
        )
        take: Which = Field(
            "all",
            title="How many",
            choices={
                "all": "All of them",
                "first": "The first ones",
                "last": "The last ones",
                "between": "From one place to another",
            },
        )
        count: int = Field(
            10, title="So many", ge=0, le=100_000, show_when={"field": "take", "is": ["first", "last"]}
        )
        start: int = Field(
            1, title="From place", ge=1, le=100_000, show_when={"field": "take", "is": ["between"]}
        )
        end: int = Field(
            10, title="To place", ge=1, le=100_000, show_when={"field": "take", "is": ["between"]}
        )
        pick: str = Field(
            "",
            title="Keep only this part of each",
            help="Empty: the whole item. Otherwise where the part stands, such as address.city.",
            placeholder="name",
            max_length=300,
            more=True,
        )
        group_by: str = Field(
            "",
            title="Group by this part",
            help="Empty: no groups. Otherwise where the part stands, such as address.city.",
            placeholder="category",
            max_length=300,
            more=True,
        )

    class Output(NodeOutput):
        items: list[Any] = Field(title="Items")
        count: int = Field(title="Number of items")
        first: Any = Field(None, title="First item")
        last: Any = Field(None, title="Last item")
        groups: list[dict[str, Any]] = Field(title="Groups")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        if not config.get("group_by"):
            del schema["properties"]["groups"]
            return schema
        schema["properties"]["groups"]["items"] = {
            "type": "object",
            "properties": {
                "key": {"type": "string", "title": "What they share"},
                "items": {"type": "array", "title": "Items"},
                "count": {"type": "integer", "title": "Number of items"},
            },
        }
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems: list[Problem] = []
        rows = config.get("criteria")
        for i, row in enumerate(rows if isinstance(rows, list) else []):
            if not isinstance(row, dict):
                continue
            problems += _part_problems(row.get("part"), f"criteria[{i}].part")
            operator, value = row.get("operator", "is"), row.get("value")
            if OPERATORS.get(str(operator), False) and (value is None or value == "" or value == []):
                message = "One of the comparisons has nothing to compare with."
                problems.append(
                    Problem("empty_criterion", message, "Fill it in.", field=f"criteria[{i}].value")
                )
        for name in ("order_by", "pick", "group_by"):
            problems += _part_problems(config.get(name), name)
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        items = [item for item in _items(config.items) if _is_kept(item, config)]
        if config.unique:
            items = _each_once(items)
        items = _cut(_sorted(items, config), config)
        groups = _groups(items, config) if config.group_by.strip() else []
        if config.pick.strip():
            items = [_part(item, config.pick) for item in items]
        return self.Output(
            items=items,
            count=len(items),
            first=items[0] if items else None,
            last=items[-1] if items else None,
            groups=groups,
        )


def _items(given: Json) -> list[Json]:
    if isinstance(given, list):
        return given
    if isinstance(given, str):
        return lines(given)
    if given is None:
        return []
    what = "an object" if isinstance(given, dict) else to_text(given)
    raise NodeError(
        "not_a_list",
        f"There is no list to work on: what was given is {what}.",
        "Choose a list from an earlier step, or a text with one item a line.",
    )


def _part(item: Json, path: str) -> Json:
    try:
        return part_of(item, path)
    except TemplateError:
        raise NodeError(
            "bad_config",
            f"{path[:60]!r} is no part of an item.",
            "Write where it stands, such as address.city.",
        ) from None


def _is_kept(item: Json, config: ListItems.Config) -> bool:
    if not config.criteria:
        return True
    results = (holds(_part(item, one.part), one.operator, one.value) for one in config.criteria)
    return all(results) if config.match == "all" else any(results)


def _each_once(items: list[Json]) -> list[Json]:
    """The first of items that are the same; whether numbers or texts, exactly the same."""
    seen: set[str] = set()
    kept: list[Json] = []
    for item in items:
        key = f"{type(item).__name__}:{to_text(item)}"
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _sorted(items: list[Json], config: ListItems.Config) -> list[Json]:
    if config.order == "keep":
        return items
    if config.order == "reverse":
        return items[::-1]
    keyed = [(_part(item, config.order_by), item) for item in items]
    there = [pair for pair in keyed if pair[0] is not None]
    there.sort(key=cmp_to_key(lambda a, b: _compare(a[0], b[0])), reverse=config.order == "descending")
    # What has no such part stands at the end, whichever way round.
    return [item for _, item in there] + [item for key, item in keyed if key is None]


def _compare(left: Json, right: Json) -> int:
    """Numbers, also those that a text spells, before texts; texts without regard to capitals."""
    first, second = number(left), number(right)
    a = (0, first, "") if first is not None else (1, 0, fold(left))
    b = (0, second, "") if second is not None else (1, 0, fold(right))
    return (a > b) - (a < b)


def _cut(items: list[Json], config: ListItems.Config) -> list[Json]:
    match config.take:
        case "first":
            return items[: config.count]
        case "last":
            return items[len(items) - min(config.count, len(items)) :]
        case "between":
            return items[config.start - 1 : config.end]
        case _:
            return items


def _groups(items: list[Json], config: ListItems.Config) -> list[dict[str, Any]]:
    """The items by what they share, in the order in which that first comes."""
    groups: dict[str, list[Json]] = {}
    for item in items:
        whole = _part(item, config.pick) if config.pick.strip() else item
        groups.setdefault(to_text(_part(item, config.group_by)), []).append(whole)
    return [{"key": key, "items": inside, "count": len(inside)} for key, inside in groups.items()]


def _part_problems(path: Json, field: str) -> list[Problem]:
    """What is wrong with a path as drawn."""
    if not isinstance(path, str) or not path.strip() or holds_ref(path):
        return []
    try:
        part_ref(path)
    except TemplateError:
        message = f"{path[:60]!r} is not a part of an item."
        hint = "Write where it stands, such as address.city."
        return [Problem("bad_item_part", message, hint, field=field, values={"part": path[:60]})]
    return []
