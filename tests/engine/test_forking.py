"""A run that goes on from any step of another, with edited data, comes to what a fresh run with it does.

Random graphs, by the sequential interpreter of reference.py, which knows nothing of forks. FORK_FIRST=N
FORK_SEEDS=1 repeats seed N; TREADLE_SOAK=1 tries 10,000.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from nodes.sdk.graph import Graph
from nodes.sdk.redrawn import redrawn
from nodes.sdk.run_limits import RunLimits
from tests.engine.drawings import LATER_ENV, PORTS, Case, draw_case
from tests.engine.redrawings import redraw
from tests.engine.reference import Ambiguous, Outcome, interpret
from tests.engine.seeds import Seed
from tests.engine.test_reference import LONGEST, Person, compare, is_worn_out, run
from tests.engine.world import World
from workers.engine.events import Event
from workers.engine.forking import Fork
from workers.engine.journal import LostLease, MemoryJournal
from workers.engine.state import RunState, fold
from workers.engine.testing import Crash

SOAK = os.environ.get("TREADLE_SOAK") == "1"
SEEDS = int(os.environ.get("FORK_SEEDS", "10000" if SOAK else "400"))
FIRST = int(os.environ.get("FORK_FIRST", "1"))

pytestmark = pytest.mark.timeout(7200 if SOAK else 120)


@dataclass
class Edits:
    """What a person changes of a run: outputs of steps, and settings of the step they go on from."""

    outputs: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        given = {path: {"output": output, "port": port} for path, (output, port) in self.outputs.items()}
        return {**given, **{path: {"config": fields} for path, fields in self.settings.items()}}


def draw_edits(
    dice: Random, origin: RunState, types: dict[str, str], path: str, leaves_by_error: Callable[[str], bool]
) -> Edits:
    """A step may be said to have failed only where something takes over from it: else no run goes on so."""
    edits = Edits()
    has_settings = types[path] in ("pure", "work", "answer", "say") and not is_of_agent(path)
    if has_settings and dice.random() < 0.4:
        edits.settings[path] = {"user" if types[path] == "say" else "text": "edited"}
    others = dice.sample(sorted(origin.results), min(len(origin.results), dice.choice([0, 1, 1, 2])))
    for one in others:
        result, kind = origin.results[one], types[one]
        if one in edits.settings or result.port.startswith("#") or kind in ("start", "set_variable"):
            continue
        if is_of_agent(one) and kind not in ("work", "write"):
            continue  # what its model said, and what a person said to a call
        if kind in PORTS:
            edits.outputs[one] = result.output, dice.choice([result.port, PORTS[kind][0]])
        elif isinstance(result.output, dict):
            text = {"text": f"{one} edited"} if "text" in result.output else {}
            port = dice.choice(["out", "out", "out", "error"])
            if port == "error" and not leaves_by_error(one):
                port = "out"
            edits.outputs[one] = {**result.output, **text}, port
    return edits


def fork_of(world: World, path: str, edits: dict[str, Any], **more: Any) -> World:
    fork = Fork("run-1", path, list(world.run.events), edits, **more)
    return replace(world, fork=fork, conversation=None, env=LATER_ENV)


def check_reused(world: World) -> None:
    """What was reused was not done again, and cost nothing."""
    reused = {e.path for e in world.run.events if e.data.get("reused") and e.type == "node_succeeded"}
    again = {e.path for e in world.run.events if not e.data.get("reused") and e.type == "node_started"}
    assert not reused & again
    assert not any(e.data.get("usage") or e.data.get("left") for e in world.run.events if "reused" in e.data)


@dataclass
class Story:
    """A run that has ended, and what is to come of one that goes on from its step at `path`."""

    case: Case
    world: World
    path: str
    edits: Edits
    want: Outcome

    now: Graph | None = None
    """How the workflow is drawn by then, where that is otherwise."""

    def fork(self) -> World:
        edits = self.edits.to_json()
        if self.now is None:
            return fork_of(self.world, self.path, edits)
        changed = tuple(redrawn(self.case.graph, self.now))
        return replace(fork_of(self.world, self.path, edits, changed=changed), graph=self.now)


async def draw_story(dice: Random, *, is_rough: bool, is_redrawn: bool = False) -> Story | str:
    """One of them, or why there is none."""
    case = draw_case(dice, is_rough=is_rough)
    if case.graph.limits != RunLimits():
        return "limited"  # what is reused does not count
    try:
        want = interpret(case.graph, case.story(), case.inner)
        if want.starts > LONGEST:
            return "too long"
        origin, world = await run(case, dice, is_rough=is_rough)
        if is_worn_out(world):
            return "worn out"
        types = {e.path: e.data["type"] for e in world.run.events if e.type == "node_started"}
        now = redraw(dice, case.graph) if is_redrawn else case.graph
        paths = [path for path in sorted(types) if is_drawn(now, path)]
        if not paths:
            return "nothing left"
        path = dice.choice(paths)
        edits = draw_edits(dice, origin, types, path, lambda one: leaves_by_error(now, case.inner, one))
        story = replace(case.story(), edits=edits.outputs, settings=edits.settings)
        want = interpret(now, story, case.inner)
        if want.starts > LONGEST:
            return "too long"
        return Story(case, world, path, edits, want, now if is_redrawn else None)
    except Ambiguous:
        return "ambiguous"


def is_drawn(graph: Graph, path: str) -> bool:
    """Whether the workflow has the step, or the one that uses the workflow in which it is."""
    id = path.partition(".")[0].partition("[")[0]
    node = graph.nodes.get(id)
    if node is None or node.body is None or "." not in path or node.type == "agent":
        return node is not None
    return is_drawn(node.body, path.partition(".")[2])


def is_of_agent(path: str) -> bool:
    """Whether it is of a step that an agent takes."""
    return path.rpartition(".")[0].rpartition(".")[2].startswith("agent_")


def leaves_by_error(graph: Graph, inner: Mapping[str, Graph], path: str) -> bool:
    """Whether something takes over where the step at `path` fails; not where the workflow has it no more."""
    here, _, behind = path.partition(".")
    id = here.partition("[")[0]
    node = graph.nodes.get(id)
    if node is None:
        return False
    if behind:
        within = node.body or inner[f"{node.config['workflow']}@latest"]
        return leaves_by_error(within, inner, behind)
    is_wired = any(edge.source == id and edge.port == "error" for edge in graph.edges)
    return node.policy.on_error == "port" or (node.policy.on_error is None and is_wired)


async def try_seed(seed: int, *, is_redrawn: bool = False) -> Counter[str]:
    dice = Random(seed)
    is_rough = dice.random() < 0.5
    story = await draw_story(dice, is_rough=is_rough, is_redrawn=is_redrawn)
    if isinstance(story, str):
        return Counter([story])
    again = story.fork()
    state = await Person(story.case, again, dice, is_rough).see_through()
    assert fold(again.run.events) == state
    if is_worn_out(again):
        return Counter(["worn out"])
    compare(state, again, story.want)
    check_reused(again)
    seen = seen_in(again, story.path, story.edits)
    if story.now is not None and again.fork is not None:
        changed = again.fork.changed
        seen["changed outside"] = any("[" not in one for one in changed)
        seen["changed in a round"] = any("[" in one for one in changed)
        seen["changed two deep"] = any(one.count("[") > 1 for one in changed)
        seen["a changed container went on"] = any(
            e.data.get("reused") and any(_holds(e.path, one) for one in changed) for e in again.run.events
        )
    return seen


def _holds(path: str, changed: str) -> bool:
    """Whether the fact is of a step in a container of which something inside was changed."""
    return "[" in changed and path.startswith(f"{changed.partition('[')[0]}[")


def seen_in(world: World, path: str, edits: Edits) -> Counter[str]:
    seen = Counter(["compared"])
    seen["in a round"] = "[" in path and "sub_workflow" not in path
    seen["in an app inside"] = "sub_workflow" in path
    seen["in an agent"] = is_of_agent(path)
    seen["two deep"] = path.count("[") > 1
    seen["an output"] = bool(edits.outputs)
    seen["a setting"] = bool(edits.settings)
    seen["something reused"] = any("reused" in e.data for e in world.run.events)
    seen["a round reused"] = any("reused" in e.data and "[" in e.path for e in world.run.events)
    return seen


async def test_a_fork_from_any_step_with_edited_data_comes_to_what_a_fresh_run_with_it_does(outside):
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        with Seed("FORK", seed):
            seen += await try_seed(seed)
    if SEEDS >= 400:
        assert seen["compared"] > SEEDS * 0.7
        left = ("ambiguous", "too long", "limited", "worn out")
        assert all(seen[what] > SEEDS * 0.03 for what in seen if what not in left)


async def test_a_fork_on_a_workflow_that_was_changed_meanwhile_comes_to_what_a_fresh_run_of_it_does(outside):
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        with Seed("FORK", seed):
            seen += await try_seed(seed, is_redrawn=True)
    if SEEDS >= 400:
        assert seen["compared"] > SEEDS * 0.6
        assert all(
            seen[what] > SEEDS * 0.03
            for what in ("changed outside", "changed in a round", "changed two deep", "a round reused")
        )
        assert seen["a changed container went on"] > SEEDS * 0.03


class DyingJournal(MemoryJournal):
    """Its worker dies after so many facts, with what is in the buffer."""

    left = 0

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable)
        self.left -= 1
        if self.left == 0:
            self.crash()
            raise Crash


async def try_death(story: Story, after: int) -> bool:
    """Whether the worker died; the run comes to the same all the same."""
    world = story.fork()
    journal = DyingJournal(world.run, world.clock)
    journal.left, world.outside.kill = after, journal.crash
    has_died = False
    try:
        await world.finish(journal)
    except (Crash, LostLease):
        has_died = True
    state = fold(world.run.events)
    if not state.has_ended:
        state = await Person(story.case, world, Random(after), is_rough=False).see_through()
    if not is_worn_out(world):
        compare(state, world, story.want)
        check_reused(world)
    return has_died


async def test_a_fork_whose_worker_dies_at_any_fact_comes_to_the_same(outside):
    deaths = 0
    for seed in range(FIRST, FIRST + SEEDS // 20):
        story = await draw_story(Random(seed), is_rough=True)
        if isinstance(story, str):
            continue
        with Seed("FORK", seed):
            after = 1
            while after < 60 and await try_death(story, after):
                after, deaths = after + 1, deaths + 1
    assert deaths > SEEDS // 2
