"""Runs the steps inside until they succeed; each try knows what went wrong in the one before."""

from collections.abc import Mapping
from typing import Any, Literal

from nodes.sdk import ENDS_PASS, Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult
from nodes.sdk.values import to_text

MOST_TRIES = 20


class Correct(Node):
    """Tries the steps inside again with what went wrong, until nothing does."""

    type, title, group, effects = "correct", "Try and correct", "Think", "none"
    sentence = "Tries the steps inside at most {tries} times."
    inside_known = {"number": "number"}

    class Config(NodeConfig):
        tries: int = Field(3, title="Tries at most", ge=1, le=MOST_TRIES)
        wrong: Json = Field(
            "",
            title="What is still wrong",
            help="Information of the steps inside that is empty when all is well. A step inside that fails "
            "is noticed by itself.",
            widget="template",
            scope="inside",
        )
        result: Json = Field(
            "",
            title="What it gives",
            help="Left empty, it is what the last step inside gives.",
            widget="template",
            scope="inside",
        )
        used_up: Literal["fail", "go_on"] = Field(
            "fail",
            title="When no try succeeds",
            choices={"fail": "Stop with the error", "go_on": "Go on, and say what is wrong"},
            more=True,
        )

    class Inside(NodeOutput):
        number: int = Field(title="Try, from 1")
        error: str = Field(title="What went wrong before")
        last: Any = Field(None, title="What the try before gave")

    class Output(NodeOutput):
        result: Any = Field(None, title="What it gives")
        good: bool = Field(title="Succeeded")
        tries: int = Field(title="Tries made")
        error: str = Field(title="What is still wrong")

    @classmethod
    def sets_failures_aside(cls, config: Mapping[str, Json]) -> bool:
        return True

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult | NodeOutput:
        wrong, last = "", None
        failure: NodeError | None = None
        for i in range(config.tries):
            ctx.progress(i, config.tries)
            try:
                turn = await ctx.body(i, number=i + 1, error=wrong, last=last)
            except NodeError as error:
                failure, wrong = error, f"{error.message} {error.hint}".strip()
                continue
            failure, last = None, turn.output if config.result == "" else turn.fields.get("result")
            if turn.port in ENDS_PASS:
                output: dict[str, Json] = {"result": last, "good": False, "tries": i + 1, "error": ""}
                return NodeResult(output, turn.port)
            wrong = to_text(turn.fields.get("wrong")).strip()
            if not wrong:
                return self.Output(result=last, good=True, tries=i + 1, error="")
        if config.used_up == "go_on":
            return self.Output(result=last, good=False, tries=config.tries, error=wrong)
        if failure is not None:
            raise failure
        raise NodeError(
            "not_corrected",
            f"After {config.tries} tries something is still wrong: {wrong[:500]}",
            "Look at what the steps inside gave, allow more tries, or let the step go on.",
        )
