"""The step that queries a database: what is refused before anything is asked."""

import pytest

from nodes.builtin.sql.node import Sql
from nodes.sdk import NodeError, Query
from nodes.sdk.database_rows import plain_value
from nodes.sdk.databases import Found
from nodes.sdk.sql_text import first_word, numbered, places_in
from nodes.sdk.testing import TestContext

FINE = {"secret": "Shop", "sql": "SELECT 1"}


@pytest.mark.parametrize(
    ("config", "code", "field"),
    [
        ({"sql": "SELECT * FROM goods WHERE name = '{{ start_1.query }}'"}, "template_in_query", "sql"),
        ({"sql": "SELECT {{ start_1.query }}", "writes": True}, "template_in_query", "sql"),
        ({"secret": "{{ start_1.query }}"}, "database_in_template", "secret"),
        ({"secret": ""}, "no_database_chosen", "secret"),
        ({"kind": "sqlite"}, "no_file_named", "file"),
        ({"sql": "-- SELECT\n update goods SET x = 1"}, "query_only_reads", "sql"),
        ({"sql": "DROP TABLE goods", "writes": True}, "query_not_allowed", "sql"),
        ({"sql": "COPY goods TO PROGRAM 'sh'"}, "query_not_allowed", "sql"),
        ({"sql": "/* */"}, "query_not_allowed", "sql"),
        ({"sql": "SELECT :city"}, "value_missing", "sql"),
        ({"values": [{"name": "a b"}]}, "bad_value_name", "values[0].name"),
        ({"values": [{"name": "a"}, {"name": "a"}]}, "bad_value_name", "values[1].name"),
    ],
)
def test_it_is_refused_at_check_with_a_sentence(config, code, field):
    problems = Sql.check({**FINE, **config})

    assert [(problem.code, problem.field) for problem in problems] == [(code, field)]
    assert problems[0].hint


def test_what_is_refused_at_check_is_asked_of_no_database():
    config = Sql.Config(secret="Shop", sql="DROP TABLE goods")

    with pytest.raises(NodeError) as caught:
        Sql().run(config, TestContext(databases=Remembering())).send(None)

    assert caught.value.code == "bad_config"


class Remembering:
    def __init__(self) -> None:
        self.asked: list[Query] = []

    async def ask(self, query: Query) -> Found:
        self.asked.append(query)
        return Found([], [])


async def test_information_fills_values_alone_and_keeps_its_kind():
    scope = {"start_1": {"n": 5, "evil": "{{ start_1.n }}'; DROP TABLE x"}}
    values = [{"name": "n", "value": "{{ start_1.n }}"}, {"name": "e", "value": "{{ start_1.evil }}"}]
    drawn = {**FINE, "sql": "SELECT :n, :e", "values": values, "secret": "{{ start_1.evil }}"}
    databases = Remembering()

    filled = Sql.fill({**drawn, "secret": "Shop"}, scope)
    await Sql().run(Sql.Config.model_validate(filled), TestContext(databases=databases))

    assert Sql.fill(drawn, scope)["secret"] == "{{ start_1.evil }}"
    assert databases.asked[0].values == {"n": 5, "e": "{{ start_1.n }}'; DROP TABLE x"}
    assert databases.asked[0].sql == "SELECT :n, :e"


def test_it_writes_only_where_that_is_switched_on():
    assert Sql.effects_of(FINE) == "read"
    assert Sql.effects_of({**FINE, "writes": True}) == "write"
    assert not Sql.may_repeat({**FINE, "writes": True})
    assert Sql.may_repeat({**FINE, "writes": True, "may_repeat": True})


@pytest.mark.parametrize(
    ("sql", "places"),
    [
        ("SELECT :a, :b, :a", ["a", "b"]),
        ("SELECT x::text, ':a', \":b\", $$ :c $$, $t$ :d $t$ -- :e\n /* :f */, E'\\':g'", []),
        ("SELECT 'it''s :a' || :b", ["b"]),
        ("SELECT a[1:2], a[i:j], x:=3", []),
        ("SELECT ':a", []),
    ],
)
def test_places_stand_where_a_value_may(sql, places):
    assert places_in(sql) == places


def test_places_are_numbered_for_postgresql():
    assert numbered("SELECT :a::text, :b, :a") == ("SELECT $1::text, $2, $1", ["a", "b"])


def test_the_first_word_is_found_behind_remarks():
    assert first_word("/* INSERT */ -- UPDATE\n( select 1 )") == "SELECT"


def test_numbers_lose_no_digit():
    assert plain_value(2**53) == 2**53
    assert plain_value(2**53 + 1) == str(2**53 + 1)
    assert plain_value(float("inf")) is None
