"""The same on PostgreSQL, whose keyword search, locks and types are its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.knowledge import services
from backend.knowledge.models import Chunk, Document, Embedding
from tests.knowledge.library import HOURS, POLICY, add, found, make, settled
from tests.runs.stack import Stack, looking_at, until


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
