"""Sorts a text into one of several groups."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.builtin.classify.asking import ask_for_groups
from nodes.builtin.classify.likeness import most_alike
from nodes.sdk import (
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    NodeResult,
    Port,
    Problem,
)
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.models import PRACTICE
from nodes.sdk.named_rows import name_fault, row_ports
from nodes.sdk.reuse import Reuse, reuse_field, reuse_s

ELSE = "else"
RESERVED = frozenset({ELSE, "error", "out"})


class Group(NodeConfig):
    """One group. Its title, description and examples are what the model goes by."""

    name: str = Field(
        title="Name",
        help="Letters, digits, _ and -; connections leave by this name.",
        widget="name",
        placeholder="group",
    )
    title: str = Field("", title="Title", max_length=100)
    description: str = Field("", title="What belongs there", max_length=2_000)
    examples: list[str] = Field([], title="Examples", max_length=20)


class Classify(Node):
    """Finds out which group a text belongs to, and goes on from there."""

    type, title, group, effects = "classify", "Sort into groups", "Decide", "read"
    fails_with = (*MODEL_ERRORS, "output_not_json")
    sentence = "Sorts into {groups}."

    class Config(NodeConfig):
        text: str = Field(
            title="What is sorted",
            help="Mostly the visitor's message.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        groups: list[Group] = Field(
            [],
            title="Groups",
            help="Say what belongs into each. What fits none goes on by “Otherwise”.",
            widget="rows",
            max_length=30,
        )
        several: bool = Field(
            False,
            title="May belong to several groups",
            help="Then there is one way on, with a list of all groups that fit.",
        )
        model: str = Field(
            "",
            title="AI model",
            help="Empty: the workspace's usual model.",
            widget="model",
            practice="The practice model is too small to sort. Texts are sorted by how alike they are to the "
            "groups in meaning, in any language; connect a better model for finer differences.",
        )
        instructions: str = Field(
            "",
            title="Instructions",
            help="What else the model should know to decide.",
            widget="template",
            max_length=4_000,
            more=True,
        )
        method: Literal["auto", "model", "similarity"] = Field(
            "auto",
            title="How it sorts",
            help="By itself: it asks the AI model, or goes by meaning while that is the practice model.",
            choices={"auto": "By itself", "model": "Asks the AI model", "similarity": "By similar meaning"},
            more=True,
        )
        embedding_model: str = Field(
            "",
            title="Model for similarity",
            help="Empty: the workspace's usual one.",
            widget="model",
            kind="embedding",
            more=True,
            show_when={"field": "method", "is": "similarity"},
        )
        reuse: Reuse = reuse_field(show_when={"field": "method", "is": ["auto", "model"]})

    class Output(NodeOutput):
        group: str = Field(title="Title of the group")
        name: str = Field(title="Name of the group")
        method: Literal["model", "similarity"] = Field(title="How it was sorted")
        confidence: float | None = Field(None, title="How sure (0 to 1)")

    @classmethod
    def ports(cls, config: Mapping[str, Json]) -> Sequence[Port]:
        ports = [Port("out", "Sorted")] if config.get("several") is True else row_ports(config.get("groups"))
        return [*ports, Port(ELSE, "Otherwise")]

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        groups = row_ports(config.get("groups"))
        if groups:
            ports = [*groups, Port(ELSE, "Otherwise")]
            schema["properties"]["name"]["oneOf"] = [{"const": p.name, "title": p.title} for p in ports]
        if config.get("several") is True:
            for name, title in (("groups", "Titles of all groups"), ("names", "Names of all groups")):
                schema["properties"][name] = {"type": "array", "items": {"type": "string"}, "title": title}
        return schema

    @classmethod
    def port_of(cls, output: Json) -> str:
        name = output.get("name") if isinstance(output, dict) else None
        if isinstance(output, dict) and isinstance(output.get("names"), list):
            return "out" if output["names"] else ELSE
        return name if isinstance(name, str) else ELSE

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems: list[Problem] = []
        seen: set[str] = set()
        groups = config.get("groups")
        if not groups:
            problems.append(
                Problem("no_groups", "There are no groups to sort into.", "Add one.", field="groups")
            )
        for i, group in enumerate(groups if isinstance(groups, list) else []):
            if not isinstance(group, dict) or not isinstance(group.get("name"), str):
                continue
            name = str(group["name"])
            fault = name_fault("group", name, seen, RESERVED)
            seen.add(name)
            if fault:
                at = f"groups[{i}].name"
                problems.append(
                    Problem("bad_group_name", fault, "Rename the group.", field=at, values={"group": name})
                )
            elif not group.get("title") and not group.get("description") and not group.get("examples"):
                message = f"Nothing says what belongs into the group {name!r}."
                hint = "Give it a title, a description or examples."
                at = f"groups[{i}].title"
                problems.append(Problem("empty_group", message, hint, field=at, values={"group": name}))
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        if not config.groups:
            raise NodeError("bad_config", "There are no groups to sort into.", "Add a group to the step.")
        if not config.text.strip():
            return _result(config, [], "similarity" if config.method == "similarity" else "model", None)
        method = config.method
        if method == "auto":
            model = await ctx.models.which(config.model)
            method = "similarity" if model == PRACTICE else "model"
        if method == "similarity":
            found = await most_alike(
                config.text, [_words(group) for group in config.groups], ctx.models, config.embedding_model
            )
            best = () if found.index is None else (found.index,)
            chosen = found.about_as_similar if config.several else best
            return _result(config, chosen, "similarity", found.confidence, best)
        chosen = await ask_for_groups(
            config.text,
            [(group.title or group.name, group.description, group.examples) for group in config.groups],
            config.instructions,
            ctx.models,
            config.model,
            several=config.several,
            reuse_s=reuse_s(config.reuse),
        )
        return _result(config, chosen, "model", None)


def _result(
    config: Classify.Config,
    chosen: Sequence[int],
    method: str,
    confidence: float | None,
    best: Sequence[int] = (),
) -> NodeResult:
    """What it gives for the groups at the positions `chosen`; `best` is the one that fits best, if known."""
    groups = [config.groups[i] for i in chosen]
    first = next((config.groups[i] for i in best), groups[0] if groups else None)
    name = ELSE if first is None else first.name
    output: dict[str, Json] = {
        "group": "" if first is None else first.title or first.name,
        "name": name,
        "method": method,
        "confidence": confidence,
    }
    if not config.several:
        return NodeResult(output, name)
    lists: dict[str, Json] = {
        "groups": [group.title or group.name for group in groups],
        "names": [group.name for group in groups],
    }
    return NodeResult({**output, **lists}, "out" if groups else ELSE)


def _words(group: Group) -> list[str]:
    """What stands for a group: its title with its description, and each example."""
    about = ": ".join(part for part in (group.title, group.description) if part.strip())
    return [text for text in (group.title, about, *group.examples) if text.strip()] or [group.name]
