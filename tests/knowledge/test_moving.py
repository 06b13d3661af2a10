"""A backup carries documents to an empty installation, which finds in them what the old one found."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.knowledge.models import Document, KnowledgeBase
from backend.knowledge.storage import open_file
from tests.deploy.backups import backed_up, empty, restored
from tests.knowledge.library import POLICY, add, found, make, settled
from tests.runs.stack import Stack, looking_at

pytestmark = pytest.mark.slow


def test_documents_are_found_after_a_restore_as_before(stack: Stack, tmp_path: Path):
    stack.start_worker()
    knowledge = make()
    (policy,) = add(knowledge, ("policy.md", POLICY))
    settled(stack, policy)
    ways = ("keyword", "vector", "hybrid")
    before = [found(stack, "money back", knowledge, mode=mode) for mode in ways]

    path = backed_up(stack, tmp_path / "treadle.zip")
    with empty(tmp_path / "there") as there:
        restored(there, path)
        there.start_redis()
        with looking_at(there):
            there.start_worker()
            knowledge = KnowledgeBase.objects.get()
            after = [found(there, "money back", knowledge, mode=mode) for mode in ways]
            row = Document.objects.get()
            with open_file(row.workspace_id, row.file) as file:
                content = file.read().decode()

    assert before[0]
    assert after == before
    assert content == POLICY
