"""`docs/nodes.md`: written from the catalogue, and current."""

import os
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nodes.counterparts import APART, DIFY
from nodes.handbook import differing, handbook
from nodes.sdk.catalogue import load_catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "nodes.md").read_text(encoding="utf-8")
CATALOGUE = load_catalogue()
SHARED = Path(os.environ.get("TREADLE_SHARED", Path(__file__).parents[3] / "shared"))
FACTS = SHARED / "compat" / "dify.md"
TO_COME: set[str] = set()
"""Types that are being made. Take yours out when it is there."""


def test_the_page_of_step_types_is_current():
    assert list(differing(handbook(CATALOGUE), PAGE)) == [], "docs/nodes.md: write it anew with `make nodes`"
    assert handbook(CATALOGUE) == PAGE


def test_a_change_of_a_type_makes_the_page_stale(monkeypatch):
    monkeypatch.setattr(CATALOGUE.get("merge"), "sentence", "Takes something else.")
    from nodes.sdk.describe import describe_type

    describe_type.cache_clear()
    try:
        assert list(differing(handbook(CATALOGUE), PAGE)) == ["First that is there (`merge`)"]
        monkeypatch.setattr("backend.workflows.management.commands.node.load_catalogue", lambda: CATALOGUE)
        with pytest.raises(CommandError, match=r"First that is there \(`merge`\)"):
            call_command("node", "docs", "--check", stdout=StringIO())
    finally:
        monkeypatch.undo()
        describe_type.cache_clear()


@pytest.mark.parametrize("name", sorted(CATALOGUE.types))
def test_the_page_tells_of_every_type_with_its_fields_outputs_ways_out_effects_and_errors(name):
    section = next(part for part in PAGE.split("\n### ") if f"(`{name}`)" in part.split("\n", 1)[0])
    described = next(one for one in CATALOGUE.describe() if one["type"] == name)

    assert described["help"] in section
    assert f"- Effects: `{described['effects']}`" in section
    assert "- Errors: " in section
    for port in described["ports"]:
        assert f"`{port['name']}`" in section.split("- Ways out: ")[1].split("\n")[0]
    for field in [*described["config"].get("properties", {}), *described["output"].get("properties", {})]:
        assert f"| `{field}` |" in section


def test_every_step_of_dify_that_is_not_built_later_has_a_counterpart_that_is_there():
    named = {name for found in DIFY.values() for name in found.types}

    assert named - TO_COME <= set(CATALOGUE.types)
    assert TO_COME & set(CATALOGUE.types) == set(), "it is there: take it out of TO_COME"
    assert all(found.types or found.note for found in DIFY.values())


@pytest.mark.skipif(not FACTS.is_file(), reason=f"There are no facts about Dify at {FACTS}.")
def test_the_table_names_every_node_type_that_dify_has():
    table = FACTS.read_text(encoding="utf-8").split("### 1.1")[1].split("### 1.2")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    named = {
        name
        for row in rows
        for name in re.findall(
            r"(?<![\w-])[a-z]+(?:-[a-z]+)*(?![\w-])", re.sub(r"\(\+.*?\)|\"[^\"]*\"", "", row)
        )
    }
    named -= {"legacy", "classic", "optional"}

    assert named - set(DIFY) - set(APART) - {"since", "docs"} == set()
    assert set(DIFY) | set(APART) <= named
