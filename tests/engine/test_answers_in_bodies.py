"""Answers inside steps that repeat: in order, live, and the same for whoever was there and who came back."""

import itertools
from random import Random
from typing import Any

import pytest

from nodes.sdk import NodeError
from nodes.sdk.answers import BETWEEN, AnswerFold, AnswerPlan
from nodes.sdk.graph import Graph, Policy, order
from tests.engine.world import Heard, Outside, World
from workers.engine.events import Event
from workers.engine.testing import build

WRONG = NodeError("model_auth", "No.", "Look at it.", retry=False)
AGAIN = NodeError("model_busy", "Busy.", "Wait.", retry=True)
Told = tuple[str, tuple[Any, ...]]


class Stream(Heard):
    """Facts and live text in the order in which a reader of the run gets them."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Told] = []
        self._read = 0
        self.world: World | None = None

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        super().delta(path, attempt, offset, text)
        self.catch_up()
        self.told.append(("delta", (path, attempt, offset, text)))

    def catch_up(self) -> list[Told]:
        assert self.world is not None
        events = self.world.run.events
        self.told += [("event", (e.type, e.path, e.data)) for e in events[self._read :]]
        self._read = len(events)
        return self.told


async def run_of(world: World) -> tuple[Any, list[Told]]:
    world.live = stream = Stream()
    stream.world = world
    state = await world.finish()
    return state, stream.catch_up()


def texts_of(plan: AnswerPlan, told: list[Told]) -> list[str]:
    """What a reader sees, change by change."""
    fold = AnswerFold(plan)
    seen = [fold.text]
    for kind, what in told:
        getattr(fold, kind)(*what)
        if fold.text != seen[-1]:
            seen.append(fold.text)
    return seen


def rounds(count: int = 3, **more: Any) -> dict[str, Any]:
    body = build(
        "say -> answer",
        configs={
            "say_1": {"user": "round {{ loop_1.number }} speaks"},
            "answer_1": {"text": "{{ loop_1.number }}: {{ say_1.text }}!"},
        },
    )
    return {
        "drawing": "start -> loop -> answer_2",
        "configs": {"loop_1": {"count": count}, "answer_2": {"text": "End."}},
        "bodies": {"loop_1": body},
        **more,
    }


def items(body: Graph, behind: str = "End.", **config: Any) -> dict[str, Any]:
    return {
        "drawing": "start -> each -> answer_9",
        "configs": {"each_1": {"items": ["a", "b", "c"], **config}, "answer_9": {"text": behind}},
        "bodies": {"each_1": body},
    }


async def test_each_round_of_a_loop_speaks_word_by_word_before_the_next_begins(draw):
    world = draw(**rounds())
    state, told = await run_of(world)

    assert state.answer == BETWEEN.join([f"{n}: round {n} speaks!" for n in (1, 2, 3)] + ["End."])
    assert texts_of(world.plan.answers, told)[1:7] == [
        "1: ",
        "1: round",
        "1: round 1",
        "1: round 1 speaks",
        "1: round 1 speaks!",
        "1: round 1 speaks!\n\n2: ",
    ]
    second = next(i for i, (_, what) in enumerate(told) if str(what[1]).startswith("loop_1[1].say"))
    assert texts_of(world.plan.answers, told[:second])[-1].startswith("1: round 1 speaks!")


async def test_items_side_by_side_speak_in_the_order_of_the_list(draw):
    body = build(
        "work -> say -> answer",
        configs={
            "work_1": {"seconds": "{{ each_1.item }}"},
            "say_1": {"user": "I am {{ each_1.item }}"},
            "answer_1": {"text": "{{ say_1.text }}"},
        },
    )
    world = draw(
        "start -> each -> answer_9",
        configs={"each_1": {"items": [3, 2, 1], "at_once": 3}, "answer_9": {"text": "End."}},
        bodies={"each_1": body},
    )
    state, told = await run_of(world)
    seen = texts_of(world.plan.answers, told)

    assert state.answer == "I am 3\n\nI am 2\n\nI am 1\n\nEnd."
    assert all(later.startswith(before) for before, later in itertools.pairwise(seen))
    done = [what[1] for kind, what in told if kind == "event" and what[0] == "node_succeeded"]
    assert done.index("each_1[2].say_1") < done.index("each_1[0].say_1")


@pytest.mark.parametrize("on_error", ["null", "drop"])
@pytest.mark.parametrize("at_once", [1, 3])
async def test_nothing_is_shown_of_an_item_that_failed_after_it_had_spoken(draw, on_error, at_once):
    body = build("say -> answer -> work", configs=SAYS_ITEM)
    world = draw(**items(body, on_error=on_error, at_once=at_once))
    world.outside.failures["each_1[1].work_1"] = [WRONG]
    state, told = await run_of(world)

    assert state.answer == "item a\n\nitem c\n\nEnd."
    assert not any("item b" in text for text in texts_of(world.plan.answers, told))


SAYS_ITEM = {
    "say_1": {"user": "item {{ each_1.item }}"},
    "answer_1": {"text": "{{ say_1.text }}"},
}


async def test_what_was_said_stays_when_a_later_item_stops_them_all_and_another_path_takes_it(draw):
    body = build("say -> answer -> work", configs=SAYS_ITEM)
    world = draw(
        "start -> each -> answer_9\neach.error -> answer_8",
        configs={"each_1": {"items": ["a", "b", "c"]}, "answer_8": {"text": "Sorry."}},
        bodies={"each_1": body},
    )
    world.outside.failures["each_1[1].work_1"] = [WRONG]
    state, told = await run_of(world)
    seen = texts_of(world.plan.answers, told)

    assert state.answer == "item a\n\nitem b\n\nSorry."
    assert all(later.startswith(before) for before, later in itertools.pairwise(seen))


async def test_a_loop_that_is_left_says_what_was_said_until_then_and_goes_on_behind_it(draw):
    late = {"left": "{{ loop_1.number }}", "operator": "gte", "right": 2}
    body = build(
        "answer_1 -> branch -> answer_3\nbranch.late -> stop_loop",
        configs={
            "branch_1": {"cases": [{"name": "late", "conditions": [late]}]},
            "answer_1": {"text": "in {{ loop_1.number }}"},
            "answer_3": {"text": "out {{ loop_1.number }}"},
        },
    )
    body = Graph(
        body.nodes, tuple(e if e.port != "out" or e.source != "branch_1" else _else(e) for e in body.edges)
    )
    world = draw(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 5}, "answer_2": {"text": "End."}},
        bodies={"loop_1": body},
    )
    state, _ = await run_of(world)

    assert state.answer == "in 1\n\nout 1\n\nin 2\n\nEnd."


def _else(edge: Any) -> Any:
    return type(edge)(edge.source, "else", edge.target)


async def test_a_branch_that_is_still_open_inside_holds_back_what_it_may_forbid(draw):
    body = build(
        "say -> fork\nfork.yes -> answer_1\nfork.no -> pure",
        configs={
            "say_1": {"user": "word by word"},
            "fork_1": {"port": "no"},
            "answer_1": {"text": "{{ say_1.text }}"},
        },
    )
    world = draw(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 2}, "answer_2": {"text": "End."}},
        bodies={"loop_1": body},
    )
    state, told = await run_of(world)

    assert state.answer == "End."
    assert texts_of(world.plan.answers, told) == ["", "End."]


async def test_the_words_of_an_attempt_that_failed_inside_give_way_to_the_next(draw):
    world = draw(**rounds(2))
    world.outside.failures["loop_1[1].say_1"] = [AGAIN]
    state, told = await run_of(world)
    seen = texts_of(world.plan.answers, told)

    assert state.answer == "1: round 1 speaks!\n\n2: round 2 speaks!\n\nEnd."
    first = "1: round 1 speaks!\n\n2: "
    taken_back = [b for b, c in itertools.pairwise(seen) if not c.startswith(b)]
    assert taken_back == [first + "round 2 speaks"]
    assert first in seen


async def test_an_app_inside_a_loop_speaks_live_through_the_answer_beside_it(draw):
    inner = build(
        "start -> say -> answer", configs={"say_1": {"user": "{{ start_1.query }} says"}, **SAYS_TEXT}
    )
    body = build(
        "sub_workflow -> answer",
        configs={
            "sub_workflow_1": {"workflow": "inner", "query": "call {{ loop_1.number }}"},
            "answer_1": {"text": "{{ sub_workflow_1.answer }}"},
        },
    )
    world = draw(
        "start -> loop",
        configs={"loop_1": {"count": 2}},
        bodies={"loop_1": body},
        workflows={"inner@latest": inner},
    )
    state, told = await run_of(world)

    assert state.answer == "call 1 says\n\ncall 2 says"
    assert "call 1" in texts_of(world.plan.answers, told)


SAYS_TEXT = {"answer_1": {"text": "{{ say_1.text }}"}}


class Drawing:
    """A random graph with answers at any depth, and what goes wrong in its run."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.count = 0
        self.graph = self._graph(0, None, is_in_loop=False, may_stop=False)

    def _graph(self, depth: int, around: str | None, *, is_in_loop: bool, may_stop: bool) -> Graph:
        chance = self.chance
        ids: list[str] = [] if around else ["start_1"]
        lines: list[str] = []
        configs: dict[str, Any] = {}
        bodies: dict[str, Graph] = {}
        policies: dict[str, Policy] = {}
        for _ in range(chance.randint(2, 5 if depth == 0 else 4)):
            kinds = ["say", "say", "answer", "answer", "answer", "work", "fork"]
            kinds += ["loop", "each", "each"] if depth < 2 else []
            kinds += ["halt", "next_round"] if is_in_loop and may_stop else []
            kind = chance.choice(kinds)
            self.count += 1
            node_id = f"{kind}_{self.count + 1}"
            before = chance.sample(ids, min(len(ids), chance.randint(1, 2)))
            for source in before:
                ports = {"fork": ["yes", "no"], "work": ["out", "error"]}.get(
                    source.partition("_")[0], ["out"]
                )
                lines.append(f"{source}.{chance.choice(ports)} -> {node_id}")
            if not before:
                lines.append(node_id)
            told = [f"{{{{ {i}.text }}}}" for i in ids if i.startswith(("say", "work")) and i in before]
            told += [f"{{{{ {around}.number }}}}"] if around else []
            words = " ".join([f"w{self.count}", *told])
            if kind == "say":
                configs[node_id] = {"user": f"say{self.count} {words}"}
            elif kind == "answer":
                configs[node_id] = {"text": chance.choice([f"<{words}>", "".join(told), f"<{self.count}>"])}
            elif kind == "work":
                configs[node_id] = {"seconds": chance.choice([0, 1, 2])}
                policies[node_id] = Policy(max_attempts=1)
            elif kind == "fork":
                configs[node_id] = {"port": chance.choice(["yes", "no"])}
            elif kind == "halt":
                configs[node_id] = {"seconds": chance.choice([0, 1, 3])}
            elif kind == "loop":
                configs[node_id] = {"count": chance.randint(1, 3)}
                bodies[node_id] = self._graph(depth + 1, node_id, is_in_loop=True, may_stop=True)
            elif kind == "each":
                on_error = chance.choice(["stop", "null", "drop"])
                configs[node_id] = {
                    "items": list(range(chance.randint(0, 3))),
                    "at_once": chance.choice([1, 2, 3]),
                    "on_error": on_error,
                }
                stop = may_stop and on_error == "stop"
                bodies[node_id] = self._graph(depth + 1, node_id, is_in_loop=is_in_loop, may_stop=stop)
            ids.append(node_id)
        if not around and not lines:
            lines.append("start")
        return build("\n".join(lines), configs=configs, bodies=bodies, policies=policies)

    def world(self) -> World:
        outside = Outside()

        class Failures(dict[str, list[NodeError]]):
            """One in six attempts of a path goes wrong, the same in every life."""

            def __init__(self, seed: int) -> None:
                super().__init__()
                self.seed = seed

            def get(self, path: str, default: Any = None) -> Any:
                dice = Random(f"{self.seed} {path}").random()
                if path.rpartition(".")[2].startswith("say"):
                    return [AGAIN] if dice < 0.15 else []
                return [WRONG] if dice < (0.25 if path.count(".") else 0.0) else []

        outside.failures = Failures(self.chance.randrange(10**6))
        return World(self.graph, outside)


def reference(graph: Graph, facts: list[Event], prefix: str = "") -> str:
    """The answer of a run that succeeded, by its facts alone, step by step in the order of the drawing."""
    said: list[str] = []
    done = {e.path: e.data["output"] for e in facts if e.type == "node_succeeded"}
    failed = {e.path for e in facts if _is_final_failure(e)}
    for node_id in order(graph):
        node = graph.nodes[node_id]
        path = prefix + node_id
        if node.type == "answer" and path in done:
            said.append(done[path]["text"])
        if node.body is not None:
            within = [e.path for e in facts if e.path.startswith(f"{path}[")]
            for key in sorted({int(inner[len(path) + 1 :].partition("]")[0]) for inner in within}):
                turn = f"{path}[{key}]."
                is_lost = any(p.startswith(turn) and "." not in p[len(turn) :] for p in failed)
                if not (is_lost and node.config.get("on_error") in ("null", "drop")):
                    said.append(reference(node.body, facts, turn))
    return BETWEEN.join(filter(None, said))


def _is_final_failure(event: Event) -> bool:
    return event.type == "node_failed" and event.data["port"] is None and event.data.get("retry_in_s") is None


def shuffled(told: list[Told], chance: Random) -> list[Told]:
    """The same facts in the same order, with live text that comes later, or not at all."""
    late: list[Told] = []
    again: list[Told] = []
    lost: set[tuple[Any, Any]] = set()
    for entry in told:
        if entry[0] == "event":
            again.append(entry)
        elif chance.random() < 0.05:
            lost.add(entry[1][:2])
        elif entry[1][:2] not in lost:
            late.append(entry)
        while late and chance.random() < 0.5:
            again.append(late.pop(0))
    return again


def check_readers(plan: AnswerPlan, told: list[Told], answer: str, chance: Random) -> None:
    fold = AnswerFold(AnswerPlan.from_json(plan.to_json()))
    before = fold.text
    live: dict[str, tuple[int, str]] = {}
    cuts = {chance.randrange(len(told)) for _ in range(3)}
    for i, (kind, what) in enumerate(told):
        getattr(fold, kind)(*what)
        if kind == "delta":
            attempt, known = live.get(what[0], (0, ""))
            known = known if attempt == what[1] else ""
            if what[1] >= attempt and what[2] <= len(known):
                live[what[0]] = (what[1], known[: what[2]] + what[3])
        elif what[0] == "node_started":
            live[what[1]] = (what[2]["attempt"], "")
        is_again = kind == "event" and what[0] == "node_started" and what[2]["attempt"] > 1
        if not is_again:
            assert fold.text.startswith(before), (before, fold.text)
        before = fold.text
        if i in cuts:
            fresh = AnswerFold(plan)
            for other, fact in told[: i + 1]:
                if other == "event":
                    fresh.event(*fact)
            for path, (attempt, text) in live.items():
                fresh.snapshot(path, attempt, text)
            assert fresh.text == fold.text
    assert fold.text == answer


@pytest.mark.parametrize("tens", range(20))
async def test_random_apps_with_answers_inside_never_take_a_word_back_and_end_with_the_reference(
    tens, monkeypatch
):
    from tests.engine import world as worlds

    for seed in range(tens * 10, tens * 10 + 10):
        drawing = Drawing(seed)
        world = drawing.world()
        monkeypatch.setattr(worlds, "outside", world.outside)
        state, told = await run_of(world)
        chance = Random(seed)
        try:
            if state.status == "succeeded":
                assert state.answer == reference(world.graph, world.run.events)
            facts = AnswerFold(world.plan.answers)
            for event in world.run.events[:-1]:
                facts.event(event.type, event.path, event.data)
            if state.status == "succeeded":
                assert facts.text == state.answer
            check_readers(world.plan.answers, told, state.answer, chance)
            for _ in range(3):
                check_readers(world.plan.answers, shuffled(told, chance), state.answer, chance)
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}") from wrong
