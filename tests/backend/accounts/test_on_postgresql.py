"""What databases decide: on PostgreSQL, too, the log is written once and the last owner stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from backend.accounts.audit import audit
from backend.accounts.models import AuditEntry, Role, Workspace
from tests.backend.accounts.test_members import go_at_once
from tests.conftest import make_person
from tests.runs.stack import Stack, looking_at, postgresql_url

__all__ = ["postgresql_url"]


@pytest.fixture
def database(postgresql_url: str, tmp_path: Path, django_db_blocker: Any) -> Iterator[None]:
    """This process's ORM looks at a PostgreSQL."""
    with django_db_blocker.unblock(), looking_at(Stack(tmp_path, database_url=postgresql_url)):
        yield


def test_the_database_refuses_to_change_or_delete_an_entry(database: None):
    workspace = Workspace.objects.create(name="Bakery")
    with transaction.atomic():
        audit("workspace.renamed", workspace, "x")
    mine = AuditEntry.objects.for_workspace(workspace)

    for change in (lambda: mine.update(who="nobody"), lambda: mine.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()

    assert mine.get().thing == "x"


@pytest.mark.parametrize("verb", ["demote", "remove", "leave"])
def test_two_owners_who_go_at_once_leave_one_behind(database: None, verb: str):
    workspace = Workspace.objects.create(name="Bakery")
    people = [make_person(f"{verb}{n}@example.com", workspace, Role.OWNER) for n in range(2)]

    assert go_at_once(workspace, people, verb) == ["last_owner"]
    assert workspace.members.filter(role=Role.OWNER).count() == 1
