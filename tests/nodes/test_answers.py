"""The public answer as a fold: what is shown when, and never what an open way may still forbid."""

import json
from dataclasses import replace

from nodes.sdk.answer_frames import Frame
from nodes.sdk.answers import AnswerFold, AnswerPlan, compile_answers
from nodes.sdk.catalogue import load_catalogue
from tests.nodes.graphs import cases, graph

CATALOGUE = load_catalogue()
CHAT = graph(
    {"start_1": {}, "prompt_1": {"user": "x"}, "answer_1": {"text": "So: {{ prompt_1.text }}!"}},
    "start_1 -> prompt_1",
    "prompt_1 -> answer_1",
)


class Folding:
    """A fold with short words for the events of a run."""

    def __init__(self, drawn):
        self.fold = AnswerFold(compile_answers(drawn, CATALOGUE))

    @property
    def text(self):
        return self.fold.text

    def start(self, path, attempt=1):
        self.fold.event("node_started", path, {"attempt": attempt, "type": "", "input": None})
        return self

    def succeed(self, path, output=None, port="out"):
        self.fold.event("node_succeeded", path, {"attempt": 1, "output": output or {}, "port": port})
        return self

    def fail(self, path, port=None, retry_in_s=None):
        error = {"code": "model_failed", "message": "Oh.", "hint": ""}
        data = {"attempt": 1, "error": error, "retry_in_s": retry_in_s, "port": port}
        self.fold.event("node_failed", path, data)
        return self

    def delta(self, path, offset, text, attempt=1):
        self.fold.delta(path, attempt, offset, text)
        return self


def test_a_literal_is_shown_before_anything_has_run():
    assert Folding(CHAT).text == "So: "


def test_live_text_flows_into_an_answer_that_has_not_begun():
    run = Folding(CHAT).succeed("start_1").start("prompt_1")

    assert run.delta("prompt_1", 0, "He").text == "So: He"
    assert run.delta("prompt_1", 2, "llo").text == "So: Hello"
    assert run.succeed("prompt_1", {"text": "Hello"}).text == "So: Hello!"
    assert run.start("answer_1").succeed("answer_1", {"text": "So: Hello!"}).text == "So: Hello!"


def test_repeated_and_missing_deltas_do_no_harm():
    run = Folding(CHAT).succeed("start_1").start("prompt_1").delta("prompt_1", 0, "Hel")

    assert run.delta("prompt_1", 0, "He").text == "So: Hel"
    assert run.delta("prompt_1", 1, "ello").text == "So: Hello"
    assert run.delta("prompt_1", 9, "gap").text == "So: Hello"
    run.fold.snapshot("prompt_1", 1, "Hello, the gap")
    assert run.text == "So: Hello, the gap"


def test_offsets_count_characters_not_bytes():
    run = Folding(CHAT).start("prompt_1").delta("prompt_1", 0, "中🙂").delta("prompt_1", 2, "文")

    assert run.text == "So: 中🙂文"


def test_a_new_attempt_takes_the_old_text_back():
    run = Folding(CHAT).start("prompt_1").delta("prompt_1", 0, "Hel").fail("prompt_1", retry_in_s=1.0)
    assert run.text == "So: Hel"

    assert run.start("prompt_1", attempt=2).text == "So: "
    assert run.delta("prompt_1", 3, "lo", attempt=1).text == "So: "
    assert run.delta("prompt_1", 0, "Good day", attempt=2).text == "So: Good day"


def test_a_delta_may_come_before_its_start_is_heard_of():
    run = Folding(CHAT).start("prompt_1").delta("prompt_1", 0, "old")

    assert run.delta("prompt_1", 0, "new", attempt=2).text == "So: new"
    assert run.start("prompt_1", attempt=2).text == "So: new"


def test_what_was_shown_stays_when_the_run_fails():
    run = Folding(CHAT).start("prompt_1").delta("prompt_1", 0, "Hel").fail("prompt_1")
    run.fold.event("run_failed", "", {"error": {}, "usage": None})

    assert run.text == "So: Hel"


def test_a_whole_value_replaces_what_was_written_live():
    run = Folding(CHAT).start("prompt_1").delta("prompt_1", 0, " Hello ")

    assert run.succeed("prompt_1", {"text": "Hello"}).text == "So: Hello!"


def test_a_filter_waits_for_the_whole_value():
    drawn = graph(
        {"start_1": {}, "prompt_1": {"user": "x"}, "answer_1": {"text": "{{ prompt_1.text | upper }}"}},
        "start_1 -> prompt_1",
        "prompt_1 -> answer_1",
    )
    run = Folding(drawn).start("prompt_1").delta("prompt_1", 0, "he")

    assert run.text == ""
    assert run.succeed("prompt_1", {"text": "hello"}).text == "HELLO"


BRANCHES = graph(
    {
        "start_1": {},
        "branch_1": cases("yes", "no"),
        "answer_1": {"text": "Yes!"},
        "answer_2": {"text": "No."},
        "answer_3": {"text": "Bye, {{ start_1.query }}"},
    },
    "start_1 -> branch_1",
    "branch_1.yes -> answer_1",
    "branch_1.no -> answer_2",
    "answer_1 -> answer_3",
    "answer_2 -> answer_3",
    "branch_1.else -> answer_3",
)


def test_an_undecided_answer_holds_back_itself_and_those_after_it():
    run = Folding(BRANCHES).succeed("start_1", {"query": "Mei"})

    assert run.text == ""


def test_a_decision_shows_the_answers_that_are_certain_by_it():
    for port, text in (("yes", "Yes!\n\nBye, Mei"), ("no", "No.\n\nBye, Mei"), ("else", "Bye, Mei")):
        run = Folding(BRANCHES).succeed("start_1", {"query": "Mei"}).succeed("branch_1", port=port)
        assert run.text == text


def test_an_answer_is_certain_when_every_way_leads_to_it():
    drawn = graph(
        {"start_1": {}, "branch_1": cases("yes"), "template_1": {"text": "x"}, "answer_1": {"text": "Hello"}},
        "start_1 -> branch_1",
        "branch_1.yes -> answer_1",
        "branch_1.else -> template_1",
        "template_1 -> answer_1",
    )

    assert Folding(drawn).text == "Hello"


def test_an_answer_behind_one_of_several_ways_waits_for_the_decision():
    drawn = graph(
        {"start_1": {}, "branch_1": cases("yes"), "answer_1": {"text": "Hello"}},
        "start_1 -> branch_1",
        "branch_1.yes -> answer_1",
    )

    assert Folding(drawn).text == ""
    assert Folding(drawn).succeed("branch_1", port="yes").text == "Hello"
    assert Folding(drawn).succeed("branch_1", port="else").text == ""


GUARDED = graph(
    {
        "start_1": {},
        "prompt_1": {"user": "x"},
        "answer_1": {"text": "So: {{ prompt_1.text }}"},
        "answer_2": {"text": "Sorry: {{ prompt_1.message }}"},
    },
    "start_1 -> prompt_1",
    "prompt_1 -> answer_1",
    "prompt_1.error -> answer_2",
)


def test_a_connected_error_may_forbid_until_the_step_has_succeeded():
    run = Folding(GUARDED).succeed("start_1").start("prompt_1").delta("prompt_1", 0, "Hel")
    assert run.text == ""

    assert run.succeed("prompt_1", {"text": "Hello"}).text == "So: Hello"


def test_a_failure_that_goes_another_way_never_showed_what_it_took_back():
    run = Folding(GUARDED).start("prompt_1").delta("prompt_1", 0, "Hel").fail("prompt_1", port="error")

    assert run.text == "Sorry: Oh."


def test_a_step_not_used_this_time_adds_nothing_to_an_answer():
    drawn = graph(
        {
            "start_1": {},
            "branch_1": cases("yes"),
            "prompt_1": {"user": "x"},
            "prompt_2": {"user": "x"},
            "answer_1": {"text": "{{ prompt_1.text }}{{ prompt_2.text }}."},
        },
        "start_1 -> branch_1",
        "branch_1.yes -> prompt_1",
        "branch_1.else -> prompt_2",
        "prompt_1 -> answer_1",
        "prompt_2 -> answer_1",
    )
    run = Folding(drawn).succeed("branch_1", port="else").start("prompt_2").delta("prompt_2", 0, "Two")

    assert run.text == "Two"
    assert run.succeed("prompt_2", {"text": "Two"}).text == "Two."


def test_answers_in_parallel_come_in_the_order_of_the_plan():
    drawn = graph(
        {
            "start_1": {},
            "prompt_1": {"user": "x"},
            "prompt_2": {"user": "x"},
            "answer_1": {"text": "{{ prompt_1.text }}"},
            "answer_2": {"text": "{{ prompt_2.text }}"},
        },
        "start_1 -> prompt_1",
        "start_1 -> prompt_2",
        "prompt_1 -> answer_1",
        "prompt_2 -> answer_2",
    )
    run = Folding(drawn).start("prompt_1").start("prompt_2").delta("prompt_2", 0, "second")
    assert run.text == ""

    assert run.delta("prompt_1", 0, "first").text == "first"
    assert run.succeed("prompt_1", {"text": "first"}).text == "first\n\nsecond"


def test_an_empty_answer_leaves_no_gap():
    drawn = graph(
        {"start_1": {}, "answer_1": {"text": "{{ start_1.query }}"}, "answer_2": {"text": "Bye"}},
        "start_1 -> answer_1",
        "answer_1 -> answer_2",
    )
    run = Folding(drawn).succeed("start_1", {"query": ""}).succeed("answer_1", {"text": ""})

    assert run.text == "Bye"


def test_what_a_given_output_says_counts_more_than_the_template():
    run = Folding(CHAT).succeed("start_1").succeed("prompt_1", {"text": "Hello"})

    assert run.succeed("answer_1", {"text": "Given"}).text == "Given"


def test_an_answer_that_is_not_connected_says_nothing():
    drawn = graph(
        {"start_1": {}, "answer_1": {"text": "Lost"}, "answer_2": {"text": "Hello"}}, "start_1 -> answer_2"
    )

    assert Folding(drawn).text == "Hello"


def test_the_run_has_the_last_word():
    run = Folding(CHAT)
    run.fold.event("run_succeeded", "", {"outputs": {}, "answer": "What was said", "usage": None})

    assert run.text == "What was said"


def test_steps_inside_a_body_do_not_disturb():
    run = Folding(CHAT).start("prompt_1").start("each_1[2].prompt_1", attempt=2)
    run.delta("each_1[2].prompt_1", 0, "inside").succeed("each_1[2].prompt_1", {"text": "inside"})

    assert run.text == "So: "


def test_a_plan_survives_its_json():
    for drawn in (CHAT, BRANCHES, GUARDED):
        plan = compile_answers(drawn, CATALOGUE)
        assert AnswerPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_plan_holds_only_what_the_answer_hangs_on():
    drawn = graph(
        {"start_1": {}, "answer_1": {"text": "Hello"}, "prompt_1": {"user": "secret instructions"}},
        "start_1 -> answer_1",
        "start_1 -> prompt_1",
    )
    plan = compile_answers(drawn, CATALOGUE).to_json()

    assert [node["id"] for node in plan["nodes"]] == ["start_1", "answer_1"]
    assert "secret" not in json.dumps(plan)


def test_a_thousand_steps_fold_in_reasonable_time():
    """A chain of branches, each with an answer on its way: the worst that the limits allow."""
    nodes = {"start_1": {}}
    edges, last = [], "start_1"
    for i in range(499):
        nodes[f"branch_{i}"] = cases("yes")
        nodes[f"answer_{i}"] = {"text": f"{i};"}
        edges += [f"{last} -> branch_{i}", f"branch_{i}.yes -> answer_{i}", f"branch_{i}.else -> answer_{i}"]
        last = f"answer_{i}"
    run = Folding(graph(nodes, *edges))

    for i in range(499):
        run.succeed(f"branch_{i}", port="yes")
        assert run.succeed(f"answer_{i}", {"text": f"{i};"}).text.count(";") == 499


def test_an_answer_with_a_variable_waits_for_its_step_to_begin():
    setter = {"name": "n", "operator": "add", "value": 1}
    drawn = graph(
        {"start_1": {}, "set_variable_1": setter, "answer_1": {"text": "You have {{ vars.n }} points."}},
        "start_1 -> set_variable_1",
        "set_variable_1 -> answer_1",
    )
    run = Folding(drawn).succeed("start_1").succeed("set_variable_1", {"value": 3, "length": None})

    assert run.text == "You have "
    filled = {"attempt": 1, "type": "answer", "input": {"text": "You have 3 points."}}
    run.fold.event("node_started", "answer_1", filled)
    assert run.text == "You have 3 points."


ROUNDS = graph(
    {
        "start_1": {},
        "loop_1": {"count": 1000},
    },
    "start_1 -> loop_1",
)
ROUNDS.nodes["loop_1"] = replace(
    ROUNDS.nodes["loop_1"],
    body=graph(
        {"prompt_1": {"user": "x"}, "answer_1": {"text": "{{ loop_1.number }}: {{ prompt_1.text }}"}},
        "prompt_1 -> answer_1",
    ),
)


def test_a_plan_stored_before_answers_could_stand_in_bodies_is_still_read():
    stored = {
        "nodes": [
            {"id": "start_1", "ports": ["out"], "streams": None},
            {"id": "prompt_1", "ports": ["out"], "streams": "text"},
            {"id": "answer_1", "ports": ["out"], "streams": None},
        ],
        "edges": [["start_1", "out", "prompt_1"], ["prompt_1", "out", "answer_1"]],
        "roots": ["start_1"],
        "answers": [{"node": "answer_1", "field": "text", "template": "So: {{ prompt_1.text }}!"}],
    }

    assert AnswerPlan.from_json(stored) == compile_answers(CHAT, CATALOGUE)
    assert compile_answers(CHAT, CATALOGUE).to_json() == stored


def test_a_plan_with_answers_inside_is_stored_and_read_again():
    plan = compile_answers(ROUNDS, CATALOGUE)

    assert plan.bodies["loop_1"].plan.answers[0].node == "answer_1"
    assert AnswerPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_thousand_rounds_cost_no_more_looks_each_than_ten(monkeypatch):
    looks = 0
    look = Frame.look

    def counted(self, mood):
        nonlocal looks
        looks += 1
        return look(self, mood)

    monkeypatch.setattr(Frame, "look", counted)

    def cost(rounds):
        nonlocal looks
        looks = 0
        run = Folding(ROUNDS).succeed("start_1").start("loop_1")
        for i in range(rounds):
            run.start(f"loop_1[{i}].prompt_1").delta(f"loop_1[{i}].prompt_1", 0, "word")
            assert run.text.endswith(f"{i + 1}: word")
            run.succeed(f"loop_1[{i}].prompt_1", {"text": "word"})
            run.succeed(f"loop_1[{i}].answer_1", {"text": f"{i + 1}: word"})
            assert run.text.endswith(f"{i + 1}: word")
        return looks

    assert cost(1000) <= 100 * cost(10)
