"""The same on PostgreSQL, whose keyword search, locks and types are its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from backend.accounts.errors import ApiError
from backend.knowledge import services
from backend.knowledge.models import Chunk, Document, Embedding, KnowledgeBase
from tests.knowledge.library import HOURS, POLICY, add, found, make, settled
from tests.knowledge.test_choosing import choosing_works_in_every_way, looking_through_comes_to_the_same
from tests.runs.stack import Stack, looking_at, until
from workers.knowledge import rows
from workers.knowledge.reader import Piece


@pytest.fixture
def stack(postgresql_url: str, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    """An installation on PostgreSQL, with Redis running."""
    built = Stack(tmp_path, database_url=postgresql_url)
    built.start_redis()
    try:
        with django_db_blocker.unblock(), looking_at(built):
            yield built
    finally:
        built.stop()


def test_documents_are_read_found_in_every_way_and_forgotten(stack: Stack):
    stack.start_worker()
    knowledge, other = make(), make("Other", workspace="Bob's garage")
    policy, hours = add(knowledge, ("policy.md", POLICY), ("hours.md", HOURS))
    (secret,) = add(other, ("secret.md", "The refund code of Bob's garage is 4711: money back."))
    for document in (policy, hours, secret):
        assert settled(stack, document).status == "ready"

    for mode in ("keyword", "vector", "hybrid"):
        english = found(stack, "refund money back", knowledge, mode=mode, top_k=5)
        chinese = found(stack, "多少天内可以退货？", knowledge, mode=mode, top_k=1)
        assert "five working days" in english[0]["text"], mode
        assert "三十天内可以退货" in chinese[0]["text"], mode
        assert "4711" not in str(english), mode
    assert found(stack, "it's 'quoted' \\ & | ! :* (odd)", knowledge, mode="keyword") == []

    for document in Document.objects.filter(knowledge=knowledge):
        services.delete_document(document)
    assert found(stack, "refund money back", knowledge) == []
    assert not Chunk.objects.filter(knowledge=knowledge).exists()
    assert Embedding.objects.filter(workspace_id=knowledge.workspace_id).count() == 0


def test_a_document_killed_in_mid_indexing_is_gone_on_with(stack: Stack):
    stack.env.update(TREADLE_FAILPOINT="document_indexed:2", TREADLE_ENABLE_FAILPOINTS="1")
    knowledge = make("Long")
    text = "\n\n".join(f"# Part {n}\n\n" + f"Fact {n} about parcel number {n}. " * 20 for n in range(150))
    (long,) = add(knowledge, ("long.md", text))
    worker = stack.start_worker(may_die=True)
    until(lambda: worker.poll() is not None, "the worker has died", stack.log_tail)

    del stack.env["TREADLE_FAILPOINT"]
    stack.start_worker()
    long = settled(stack, long)

    assert (long.status, long.pieces, Chunk.objects.filter(document=long).count()) == ("ready", 150, 150)
    assert "parcel number 137" in found(stack, "parcel number 137", knowledge, top_k=1)[0]["text"]


def test_two_workers_read_each_document_once(stack: Stack):
    knowledge = make("Many")
    documents = add(knowledge, *[(f"{n}.md", f"# Fact\n\nThing number {n} is here.") for n in range(12)])
    stack.start_worker()
    stack.start_worker()

    assert all(settled(stack, document).status == "ready" for document in documents)
    assert Chunk.objects.filter(knowledge=knowledge).count() == 12


def _while_a_worker_stores_a_piece(document: Document, act: Callable[[], None]) -> None:
    """Does `act` beside a worker that is in the middle of storing a piece of the document."""
    claimed = rows.claim(document.pk, "worker", 60)
    assert claimed is not None
    piece = Piece(text="a", heading="", page=None, start=0, end=1, words=["a"])

    def begun() -> None:
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '20s'")
            act()

    with ThreadPoolExecutor(1) as beside:
        with transaction.atomic():
            rows.add_pieces(claimed, "worker", 0, [piece], 1.0)
            acting = beside.submit(begun)
            until(lambda: acting.done() or _is_waiting(), "it waits for the worker")
        acting.result()


def _is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


@pytest.mark.parametrize("delete", ["document", "collection"])
def test_what_is_being_read_can_be_deleted(stack: Stack, delete: str):
    knowledge = make()
    (policy,) = add(knowledge, ("policy.md", POLICY))

    def act() -> None:
        if delete == "document":
            services.delete_document(policy)
        else:
            services.delete_knowledge(knowledge)

    _while_a_worker_stores_a_piece(policy, act)

    assert not Document.objects.filter(pk=policy.pk).exists()
    assert not Chunk.objects.filter(document_id=policy.pk).exists()


def test_a_collection_deleted_during_an_upload_takes_nothing_more(stack: Stack):
    knowledge = make()

    def pieces() -> Iterator[bytes]:
        services.delete_knowledge(KnowledgeBase.objects.get(pk=knowledge.pk))
        yield b"late"

    with pytest.raises(ApiError) as refused:
        services.add_documents(knowledge, [services.Upload("late.md", 4, pieces())])

    assert refused.value.status == 404
    assert not list((stack.data / "files").rglob("*.*"))


def test_documents_are_chosen_by_their_fields_here_too(stack: Stack):
    stack.start_worker()

    choosing_works_in_every_way(stack)

    looking_through_comes_to_the_same(KnowledgeBase.objects.get(name="Teams"))
