"""Statements by hand find and refuse what the ORM would."""

import pytest
from django.db import IntegrityError, OperationalError, connection

from backend.accounts.by_hand import cursor, first, rows
from backend.accounts.models import User, Workspace

pytestmark = pytest.mark.django_db


def test_a_row_by_hand_is_the_row_of_the_orm():
    kept = User.objects.create(email="ann@example.org", is_active=False)

    found = first(User, "SELECT * FROM accounts_user WHERE email = %s", ["ann@example.org"])

    assert found is not None
    there = User.objects.get(pk=kept.pk)
    names = [field.attname for field in User._meta.concrete_fields]
    assert {n: getattr(found, n) for n in names} == {n: getattr(there, n) for n in names}
    assert first(User, "SELECT * FROM accounts_user WHERE email = %s", ["ben@example.org"]) is None


def test_columns_that_were_not_selected_are_fetched_when_asked_for():
    Workspace.objects.create(name="Shop")

    found = first(Workspace, "SELECT name, id FROM accounts_workspace WHERE name = %s", ["Shop"])

    assert found is not None
    assert found.name == "Shop"
    assert found.created_at == Workspace.objects.get().created_at


def test_errors_are_djangos():
    with pytest.raises(OperationalError), cursor() as at:
        at.execute("SELECT nothing FROM nowhere")
    with pytest.raises(IntegrityError), cursor() as at:
        at.execute("INSERT INTO accounts_workspace (id, name, created_at) VALUES (%s, NULL, %s)", ["a", "b"])


def test_per_cent_signs_are_written_twice_as_in_djangos_cursor():
    assert rows("SELECT 'a%%b', %s", ["c"]) == [("a%b", "c")]


def test_who_counts_queries_hears_of_these_too(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert rows("SELECT %s", [1]) == [(1,)]
    assert connection.vendor == "sqlite"
