"""Runs a workflow file in memory, to see the engine at work: python -m workers.engine flow.yaml --help.

There is no model here: `--reply` says what every model answers. `manage.py workflow run` has real ones.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.errors import NodeError
from nodes.sdk.files import workflow_from_yaml
from nodes.sdk.graph import Graph, GraphError
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Price, Ranking, Task, Vectors
from nodes.sdk.scripted import NoHttp
from nodes.sdk.values import Json
from nodes.sdk.word_vectors import ranked_by_words, vectors_by_words
from workers.engine.context import Services
from workers.engine.engine import Engine
from workers.engine.given import pins_of
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.plan import compile_plan
from workers.engine.usage import usage_to_json


class _OneReply(MediaByScript):
    """Models that all answer the same."""

    def __init__(self, reply: str | None) -> None:
        self._reply = reply

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        if self._reply is None:
            raise NodeError("model_missing", "There is no model here.", "Give --reply TEXT, or pin the step.")
        yield ChatChunk(text=self._reply, finish="stop", model="reply")

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        return vectors_by_words(texts)

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        return ranked_by_words(query, texts, model=model or "words")

    async def which(self, model: str = "") -> str:
        return model or "reply"

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the file, writes each event to stderr as a line of JSON and the outcome to stdout."""
    parser = argparse.ArgumentParser(
        prog="python -m workers.engine", description="Runs a workflow in memory."
    )
    parser.add_argument("file", type=Path, help="a workflow file")
    parser.add_argument("--input", type=_object, default={}, metavar="JSON", help='such as {"query": "hi"}')
    parser.add_argument("--pins", type=_object, default={}, metavar="JSON", help="outputs by step id")
    parser.add_argument("--reply", metavar="TEXT", help="what every model answers")
    given = parser.parse_args(arguments)
    try:
        graph = workflow_from_yaml(given.file.read_text(encoding="utf-8")).graph
    except (OSError, UnicodeDecodeError, GraphError) as error:
        parser.error(f"{given.file}: {error}")
    return asyncio.run(_run(graph, given.input, given.pins, given.reply))


async def _run(graph: Graph, given: dict[str, Json], pins: dict[str, Json], reply: str | None) -> int:
    query = str(given.get("query") or "")
    inputs = {name: value for name, value in given.items() if name != "query"}
    run = MemoryRun(Opening(query, inputs, run="memory"))
    catalogue = installed_catalogue()
    services = Services(_OneReply(reply), NoHttp())
    plan = compile_plan(graph, catalogue)
    state = await Engine(plan, catalogue, MemoryJournal(run), Silent(), services, pins=pins_of(pins)).run()
    for event in run.events:
        print(json.dumps(event.to_json(), ensure_ascii=False), file=sys.stderr)  # noqa: T201
    outcome: dict[str, Any] = {
        "status": state.status,
        "outputs": state.outputs,
        "answer": state.answer,
        "error": state.error,
        "usage": usage_to_json(state.usage),
    }
    print(json.dumps(outcome, ensure_ascii=False))  # noqa: T201
    return 0 if state.status == "succeeded" else 1


def _object(text: str) -> dict[str, Json]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"This is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('Give an object, such as {"query": "hi"}.')
    return cast("dict[str, Json]", value)


if __name__ == "__main__":
    sys.exit(main())
