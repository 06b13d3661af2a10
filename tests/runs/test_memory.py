"""What an app remembers of a person: found again by them alone, written once, and gone when it should."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from backend.accounts.members import remove_member
from backend.accounts.models import Member, Role, User, Workspace
from backend.memory.models import Memory, MemoryWrite
from backend.runs.models import Run
from backend.runs.writer import Writer
from backend.workflows.models import Version
from nodes.sdk.errors import NodeError
from nodes.sdk.models import EmbedKind, Models, Vectors
from nodes.sdk.scripted import ScriptedModels
from tests.runs.stack import Stack, graph, node, until
from workers.memory import RunMemory

REMEMBERS = graph(
    [
        node("start"),
        node("remember", text="{{ start_1.query }}", name="wish"),
        node("recall", name="wish"),
        node("answer", text="{{ recall_1.best }}"),
    ],
    "start_1 -> remember_1",
    "remember_1 -> recall_1",
    "recall_1 -> answer_1",
)
WORKER = "worker"


class NoMeaning(ScriptedModels):
    """A workspace without a model that tells meanings."""

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        raise NodeError("model_missing", "There is none.", "Connect one.")


@pytest.fixture
def writer() -> Iterator[Writer]:
    made = Writer()
    yield made
    made.close()


def app(stack: Stack) -> Version:
    return stack.app(REMEMBERS, Workspace.objects.create(name=uuid.uuid4().hex[:8]))


def held(stack: Stack, version: Version, who: str = "anna", audience: str = "visitor") -> Run:
    """A run that a worker has in hand."""
    run = stack.say(version, "hi", audience=audience, audience_ref=who, conversation=None)
    Run.objects.filter(pk=run.pk).update(status="running", lease_owner=WORKER, lease_until=Now())
    return run


def memory_of(run: Run, writer: Writer, models: Models | None = None) -> RunMemory:
    return RunMemory(run.workspace_id, run.pk, WORKER, writer, models or ScriptedModels())


async def texts(memory: RunMemory, query: str = "", **more: Any) -> list[str]:
    return [one.text for one in await memory.recall(query, **more)]


def rows(version: Version) -> list[tuple[str, str, str]]:
    found = Memory.objects.for_workspace(version.workspace_id).order_by("name", "text")
    return list(found.values_list("audience_ref", "name", "text"))


def both(stack: Stack, *who: str, **more: Any) -> tuple[Version, list[Run]]:
    version = app(stack)
    return version, [held(stack, version, one, **more) for one in who]


def _later(run: Run) -> None:
    """Makes what this run said older than what comes next, whatever the clock's grain."""
    Memory.objects.filter(run=run).update(said_at=F("created_at"))


async def sync(function: Any, *args: Any, **kwargs: Any) -> Any:
    from backend.runs.reads import read

    return await read(function, *args, **kwargs)


async def test_what_one_conversation_said_a_later_one_of_the_same_person_finds(each_database: Stack, writer):
    _, (first, later) = await sync(both, each_database, "anna", "anna")
    await memory_of(first, writer).remember("Likes green best.", name="colour", once="1")

    found = await memory_of(later, writer).recall("Which is the colour I like best, green or red?")

    assert [(one.text, one.name) for one in found] == [("Likes green best.", "colour")]
    assert 0 < found[0].score <= 1


async def test_nobody_finds_what_is_anothers(each_database: Stack, writer):
    _, (anna, bob) = await sync(both, each_database, "anna", "bob")
    other_app = await sync(lambda: held(each_database, app(each_database), "anna"))
    await memory_of(anna, writer).remember("Likes green best.", once="1")

    assert await texts(memory_of(bob, writer)) == []
    assert await texts(memory_of(bob, writer), person="anna") == []  # only programs may say whose
    assert await texts(memory_of(other_app, writer)) == []


async def test_a_program_says_which_of_its_people_it_asks_for(each_database: Stack, writer):
    version, (one, other) = await sync(both, each_database, "key-1", "key-2", audience="key")
    await memory_of(one, writer).remember("Likes green.", person="anna", once="1")

    assert await texts(memory_of(other, writer), person="anna") == ["Likes green."]
    assert await texts(memory_of(other, writer), person="bob") == []
    assert await texts(memory_of(other, writer)) == []
    assert [ref for ref, _, _ in await sync(rows, version)] == ["anna"]


async def test_a_name_holds_one_thing_and_the_same_words_are_kept_once(each_database: Stack, writer):
    version, (run,) = await sync(both, each_database, "anna")
    memory = memory_of(run, writer)

    await memory.remember("Likes blue.", name="colour", once="1")
    await memory.remember("Likes green.", name=" Colour ", once="2")
    await memory.remember("Has a dog.", once="3")
    await memory.remember("has a  dog.", once="4")

    assert await sync(rows, version) == [("anna", "", "has a  dog."), ("anna", "Colour", "Likes green.")]


async def test_without_a_model_for_meanings_words_are_looked_for(each_database: Stack, writer):
    _, (run,) = await sync(both, each_database, "anna")
    memory = memory_of(run, writer, NoMeaning())
    for n, text in enumerate(["Her dog is called Bella.", "Likes green tea.", "她喜欢绿茶"]):
        await memory.remember(text, once=str(n))

    assert await texts(memory, "What was the name of the dogs?") == ["Her dog is called Bella."]
    assert await texts(memory, "绿茶") == ["她喜欢绿茶"]
    assert await texts(memory, "umbrella") == []
    assert not await sync(Memory.objects.exclude(vector=None).filter(run=run).exists)


async def test_without_a_question_what_was_said_last_is_found(each_database: Stack, writer):
    _, (first, later) = await sync(both, each_database, "anna", "anna")
    await memory_of(first, writer).remember("First.", once="1")
    await sync(_later, first)
    await memory_of(later, writer).remember("Second.", once="1")

    assert await texts(memory_of(later, writer), most=1) == ["Second."]
    assert await texts(memory_of(later, writer)) == ["Second.", "First."]


async def test_when_a_person_has_as_many_as_can_be_the_oldest_goes(each_database: Stack, writer, monkeypatch):
    monkeypatch.setattr("workers.memory.MOST_PER_PERSON", 2)
    version, (first, bob) = await sync(both, each_database, "anna", "bob")
    await memory_of(bob, writer).remember("Mine.", once="1")
    await memory_of(first, writer).remember("Oldest.", once="1")
    await sync(_later, first)

    for n in (2, 3):
        await memory_of(first, writer).remember(f"Number {n}.", once=str(n))

    kept = [text for _, _, text in await sync(rows, version)]
    assert kept == ["Mine.", "Number 2.", "Number 3."]


async def test_a_step_remembers_once_whatever_was_said_or_forgotten_since(each_database: Stack, writer):
    version, (first, later) = await sync(both, each_database, "anna", "anna")
    assert await memory_of(first, writer).remember("Likes blue.", name="colour", once="1")
    await memory_of(later, writer).remember("Likes green.", name="colour", once="1")

    assert not await memory_of(first, writer).remember("Likes blue.", name="colour", once="1")
    assert [text for _, _, text in await sync(rows, version)] == ["Likes green."]

    await sync(lambda: Memory.objects.filter(workflow=version.workflow_id).delete())
    assert not await memory_of(later, writer).remember("Likes green.", name="colour", once="1")
    assert await sync(rows, version) == []


async def test_a_worker_that_lost_the_run_remembers_nothing(each_database: Stack, writer):
    version, (run,) = await sync(both, each_database, "anna")
    await sync(lambda: Run.objects.filter(pk=run.pk).update(lease_owner="another"))

    with pytest.raises(NodeError) as refused:
        await memory_of(run, writer).remember("Too late.", once="1")

    assert refused.value.code == "worker_crashed"
    assert await sync(rows, version) == []
    assert not await sync(MemoryWrite.objects.filter(run=run).exists)


async def test_what_a_member_said_goes_with_their_membership(each_database: Stack, writer):
    def a_member() -> tuple[Version, Member]:
        version = app(each_database)
        user = User.objects.create(email=f"{uuid.uuid4().hex}@example.com", name="Anna")
        boss = User.objects.create(email=f"{uuid.uuid4().hex}@example.com", name="Boss")
        Member.objects.create(workspace_id=version.workspace_id, user=boss, role=Role.OWNER)
        return version, Member.objects.create(workspace_id=version.workspace_id, user=user)

    version, member = await sync(a_member)
    run = await sync(held, each_database, version, str(member.user_id), audience="member")
    await memory_of(run, writer).remember("Likes green.", once="1")
    assert len(await sync(rows, version)) == 1

    await sync(remove_member, workspace_id=version.workspace_id, member_id=member.pk)

    assert await sync(rows, version) == []


async def test_it_goes_with_the_app_and_with_the_workspace(each_database: Stack, writer):
    version, (run,) = await sync(both, each_database, "anna")
    other, (elsewhere,) = await sync(both, each_database, "anna")
    for one in (run, elsewhere):
        await memory_of(one, writer).remember("Likes green.", once="1")

    await sync(version.workflow.delete)
    assert (await sync(rows, version), len(await sync(rows, other))) == ([], 1)

    await sync(lambda: Workspace.objects.get(pk=other.workspace_id).delete())
    assert await sync(rows, other) == []


@pytest.mark.parametrize("failpoint", ["memory.before", "memory.after"])
def test_a_worker_that_dies_before_its_result_is_known_has_remembered_once(stack: Stack, failpoint: str):
    armed = {"TREADLE_ENABLE_FAILPOINTS": "1", "TREADLE_FAILPOINT": failpoint, "TREADLE_LEASE_S": "1"}
    worker = stack.start_worker(may_die=True, **armed)
    version = stack.app(REMEMBERS)
    run = stack.say(version, "A quiet room.")
    until(lambda: worker.poll() is not None, "the worker dies", stack.log_tail)
    written = Memory.objects.filter(run=run).count()
    assert (worker.poll(), written) == (137, 1 if failpoint == "memory.after" else 0)
    # Meanwhile another conversation has said something newer.
    if written:
        Memory.objects.filter(run=run).update(text="A loud room.")

    stack.start_worker(TREADLE_LEASE_S="1")

    newest = "A loud room." if written else "A quiet room."
    ended = stack.ended(run)
    assert (ended.status, ended.answer) == ("succeeded", newest)
    assert [text for _, _, text in rows(version)] == [newest]
    assert MemoryWrite.objects.filter(run=run).count() == 1
