"""Documents are read in the background, survive what happens to workers, and can be found."""

import uuid

import pytest

from backend.accounts.models import Workspace
from backend.knowledge import services
from backend.knowledge.models import Chunk, Document, Embedding, KnowledgeBase
from backend.knowledge.storage import open_file, store_file
from backend.runs.views_of_run import conversation_json, run_json
from tests.knowledge import files
from tests.knowledge.library import HOURS, POLICY, add, finder, found, make, pinned, settled
from tests.runs.stack import Stack, until
from workers.knowledge import rows
from workers.knowledge.housekeeping import remove_orphans


def test_an_uploaded_document_is_read_and_found(running: Stack):
    knowledge = make()
    policy, hours = add(knowledge, ("policy.md", POLICY), ("hours.md", HOURS))

    policy, hours = settled(running, policy), settled(running, hours)
    passages = found(running, "When do I get my money back?", knowledge, top_k=2)

    assert (policy.status, policy.kind, policy.progress, policy.error) == ("ready", "md", 1, None)
    assert policy.pieces >= 1
    assert passages[0]["document"] == "policy.md"
    assert "five working days" in passages[0]["text"]


def test_what_cannot_be_read_says_why_and_can_be_tried_again(running: Stack):
    knowledge = make()
    (torn,) = add(knowledge, ("torn.docx", files.docx(files.paragraph("x"))[:150]))

    torn = settled(running, torn)
    first = (torn.status, torn.error["code"])
    again = settled(running, services.retry_document(torn))

    assert first == ("failed", "document_broken")
    assert (again.status, again.attempts) == ("failed", 1)
    assert not Chunk.objects.filter(document=torn).exists()


def test_both_languages_are_found_in_both_ways(running: Stack):
    knowledge = make()
    (policy,) = add(knowledge, ("policy.md", POLICY))
    settled(running, policy)

    for mode in ("keyword", "vector", "hybrid"):
        english = found(running, "refund money back", knowledge, mode=mode, top_k=1)
        chinese = found(running, "多少天内可以退货？", knowledge, mode=mode, top_k=1)
        assert "five working days" in english[0]["text"], mode
        assert "三十天内可以退货" in chinese[0]["text"], mode


def test_what_is_deleted_is_not_found_any_more(running: Stack):
    knowledge = make()
    policy, hours = add(knowledge, ("policy.md", POLICY), ("hours.md", HOURS))
    settled(running, policy), settled(running, hours)
    before = found(running, "closed on Sundays", knowledge, top_k=1)

    services.delete_document(Document.objects.get(pk=hours.pk))
    after = found(running, "closed on Sundays", knowledge)

    assert before[0]["document"] == "hours.md"
    assert {passage["document"] for passage in after} <= {"policy.md"}


def test_equal_texts_share_their_vectors(running: Stack):
    knowledge = make()
    (one,) = add(knowledge, ("one.md", POLICY))
    settled(running, one)
    vectors = Embedding.objects.count()

    (two,) = add(knowledge, ("two.md", POLICY))
    settled(running, two)

    assert Embedding.objects.count() == vectors
    assert Chunk.objects.filter(document=two).count() == Chunk.objects.filter(document=one).count()


def test_another_workspaces_documents_cannot_be_searched(running: Stack):
    mine, theirs = make(), make("Secret", workspace="Bob's garage")
    (secret,) = add(theirs, ("secret.md", "# Secret\n\nThe combination of the safe is 4711."))
    (policy,) = add(mine, ("policy.md", POLICY))
    settled(running, secret), settled(running, policy)
    workspace = Workspace.objects.get(name="Anna's bakery")

    for ids in ([theirs], [mine, theirs], [KnowledgeBase(pk=uuid.uuid4())]):
        run = running.ended(running.say(pinned(finder(*ids), workspace), "What is the combination?"))
        assert run.status == "failed"
        assert run.error["code"] == "knowledge_missing"
        assert "4711" not in str(run.error)
        assert "Secret" not in str(run.error)
    passages = found(running, "combination of the safe", mine)
    assert "4711" not in str(passages)


def test_the_answer_carries_its_sources(running: Stack):
    knowledge = make()
    (policy,) = add(knowledge, ("policy.md", POLICY))
    settled(running, policy)
    workspace = Workspace.objects.get(name="Anna's bakery")

    run = running.ended(running.say(running.app(finder(knowledge, top_k=1), workspace), "money back"))

    (source,) = run.sources
    chunk = Chunk.objects.get(pk=source["chunk_id"])
    assert source == {
        "n": 1,
        "document": "policy.md",
        "heading": chunk.heading,
        "page": None,
        "text": chunk.text,
        "knowledge_id": str(knowledge.pk),
        "document_id": str(policy.pk),
        "chunk_id": chunk.pk,
    }
    assert run_json(run)["sources"] == run.sources
    assert conversation_json(run.conversation)["messages"][1]["sources"] == run.sources
    assert run.answer.startswith("[1] policy.md › ")


def test_a_document_killed_in_mid_indexing_is_gone_on_with(stack: Stack):
    stack.env["TREADLE_FAILPOINT"] = "document_indexed:2"
    stack.env["TREADLE_ENABLE_FAILPOINTS"] = "1"
    knowledge = make()
    text = "\n\n".join(f"# Part {n}\n\n" + f"Fact {n} about parcel number {n}. " * 20 for n in range(150))
    (long,) = add(knowledge, ("long.md", text))
    worker = stack.start_worker(may_die=True)
    until(lambda: worker.poll() is not None, "the worker has died", stack.log_tail)
    half = Document.objects.get(pk=long.pk)
    vectors = Embedding.objects.count()

    del stack.env["TREADLE_FAILPOINT"]
    stack.start_worker()
    long = settled(stack, long)

    assert (half.status, half.progress < 1) == ("indexing", True)
    assert 0 < vectors < 150
    assert (long.status, long.pieces) == ("ready", 150)
    assert list(Chunk.objects.order_by("index").values_list("index", flat=True)) == list(range(150))
    assert Embedding.objects.count() == 150
    assert "parcel number 137" in found(stack, "parcel number 137", knowledge, top_k=1)[0]["text"]


def test_a_document_killed_while_it_is_read_is_read_again(stack: Stack):
    stack.env["TREADLE_FAILPOINT"] = "document_stored:1"
    stack.env["TREADLE_ENABLE_FAILPOINTS"] = "1"
    knowledge = make()
    text = "\n\n".join(f"# Part {n}\n\n" + f"Fact {n} about parcel number {n}. " * 20 for n in range(250))
    (long,) = add(knowledge, ("long.md", text))
    worker = stack.start_worker(may_die=True)
    until(lambda: worker.poll() is not None, "the worker has died", stack.log_tail)
    half = Document.objects.get(pk=long.pk)
    stored = Chunk.objects.count()

    del stack.env["TREADLE_FAILPOINT"]
    stack.start_worker()
    long = settled(stack, long)

    assert (half.status, stored) == ("reading", 50)
    assert (long.status, long.pieces, Chunk.objects.count()) == ("ready", 250, 250)


def test_a_document_without_a_bell_is_found_by_the_sweep(stack: Stack, monkeypatch):
    monkeypatch.setattr("backend.knowledge.bell.ring", lambda document_id: None)
    (policy,) = add(make(), ("policy.md", POLICY))
    stack.start_worker(queue="nothing-rings-here")

    assert settled(stack, policy).status == "ready"


def test_a_document_that_kills_its_worker_again_and_again_is_given_up(stack: Stack):
    (policy,) = add(make(), ("policy.md", POLICY))
    Document.objects.filter(pk=policy.pk).update(attempts=rows.MOST_ATTEMPTS)
    stack.start_worker()

    policy = settled(stack, policy)

    assert (policy.status, policy.error["code"]) == ("failed", "document_too_complex")


def test_deleting_a_document_stops_its_reading(stack: Stack):
    knowledge = make()
    text = "\n\n".join(f"# Part {n}\n\n" + f"Fact {n} about parcel number {n}. " * 20 for n in range(2_000))
    (long,) = add(knowledge, ("long.md", text))
    stack.start_worker()
    until(lambda: Chunk.objects.exists(), "its pieces are being stored", stack.log_tail)

    services.delete_document(Document.objects.get(pk=long.pk))
    (next_one,) = add(knowledge, ("policy.md", POLICY))

    assert settled(stack, next_one).status == "ready"
    assert not Chunk.objects.filter(document_id=long.pk).exists()
    assert Embedding.objects.count() == Chunk.objects.count()


def test_files_without_a_document_are_removed(stack: Stack):
    (policy,) = add(make(), ("policy.md", POLICY))
    left = store_file(policy.workspace_id, [b"left by a crash"])

    removed = remove_orphans(older_than_s=-1)

    assert removed == 1
    with pytest.raises(FileNotFoundError):
        open_file(policy.workspace_id, left.name)
    open_file(policy.workspace_id, policy.file).close()
