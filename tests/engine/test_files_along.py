"""The files that go along with a run's answer: those that its replies gave, and no others."""

from typing import Any

from nodes.sdk import Json, NodeError
from workers.engine.testing import build

NO = NodeError("model_auth", "No.")


def file(name: str) -> dict[str, Json]:
    return {"file_id": name, "name": f"{name}.pdf", "mime": "application/pdf", "size": 5}


def names(state: Any) -> list[str]:
    return [one["file_id"] for one in state.outputs.get("files", [])]


async def test_a_run_whose_replies_give_no_file_tells_its_answer_alone(draw):
    world = draw("start -> answer", configs={"answer_1": {"text": "Hi"}})

    assert (await world.finish()).outputs == {"answer": "Hi"}


async def test_files_of_replies_go_along_in_their_order_and_each_once(draw):
    world = draw(
        "start -> answer_1 -> answer_2",
        configs={
            "answer_1": {"text": "Hi", "files": "{{ start_1.first }}"},
            "answer_2": {"text": "", "files": [file("a"), "{{ start_1.first }}", "{{ start_1.none }}"]},
            "start_1": {"inputs": [{"name": "first", "type": "object"}, {"name": "none", "type": "object"}]},
        },
        inputs={"first": file("b")},
    )

    state = await world.finish()

    assert state.outputs == {"answer": "Hi", "files": [file("b"), file("a")]}


async def test_what_is_no_file_ends_the_run_with_words(draw):
    world = draw("start -> answer", configs={"answer_1": {"text": "Hi", "files": "{{ start_1.query }}"}})

    state = await world.finish()

    assert (state.status, state.error["code"]) == ("failed", "bad_config")


async def test_what_an_item_gave_along_before_it_failed_is_left_out_with_its_words(draw):
    body = build(
        "answer -> work",
        configs={"answer_1": {"text": "{{ each_1.item.name }}", "files": "{{ each_1.item }}"}},
    )
    world = draw(
        "each",
        configs={"each_1": {"items": [file("a"), file("b")], "on_error": "null"}},
        bodies={"each_1": body},
    )
    world.outside.failures["each_1[0].work_1"] = [NO]

    state = await world.finish()

    assert (state.answer, names(state)) == ("b.pdf", ["b"])


async def test_replies_of_an_app_that_is_used_are_not_replies_of_this_one(draw):
    inner = build("start -> answer", configs={"answer_1": {"text": "x", "files": [file("a")]}})
    outer = build(
        "start -> sub_workflow -> answer",
        configs={
            "sub_workflow_1": {"workflow": "inner", "query": "q"},
            "answer_1": {"text": "y", "files": [file("b")]},
        },
    )
    world = draw(outer, workflows={"inner@latest": inner})

    assert names(await world.finish()) == ["b"]
