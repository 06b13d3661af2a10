"""Every builtin node type has all that a person needs to use it, and its examples are true."""

import json
from pathlib import Path

import pytest

from nodes.made import RECORD, record
from nodes.sdk.catalogue import BUILTIN, load_catalogue
from nodes.sdk.complete import (
    effects_faults,
    help_faults,
    icon_faults,
    number_faults,
    schema_faults,
    words_faults,
)
from nodes.sdk.examples import example_faults, examples_of, shape_faults

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue()
TYPES = sorted(CATALOGUE.types)


WITH_SETTINGS = [name for name in TYPES if CATALOGUE.types[name].Config.model_fields]
EXAMPLES = [(name, example) for name in TYPES for example in examples_of(CATALOGUE.types[name])]


def test_every_folder_is_a_node_type():
    folders = {entry.name for entry in BUILTIN.iterdir() if (entry / "node.py").is_file()}

    assert set(TYPES) == folders
    assert CATALOGUE.broken == {}


@pytest.mark.parametrize("name", TYPES)
def test_it_has_help_in_every_language(name):
    assert list(help_faults(CATALOGUE.types[name])) == []


@pytest.mark.parametrize("name", TYPES)
def test_its_chinese_words_cover_all_that_is_shown(name):
    assert list(words_faults(CATALOGUE.types[name])) == []


@pytest.mark.parametrize("name", TYPES)
def test_its_icon_is_a_small_picture_in_the_colour_of_the_text(name):
    assert list(icon_faults(CATALOGUE.types[name])) == []


@pytest.mark.parametrize("name", TYPES)
def test_it_says_what_it_does_to_the_world_and_how_it_fails(name):
    assert list(effects_faults(CATALOGUE.types[name])) == []


@pytest.mark.parametrize("name", TYPES)
def test_forms_can_draw_its_schema(name):
    assert list(schema_faults(CATALOGUE.types[name])) == []


@pytest.mark.parametrize("name", TYPES)
def test_it_has_three_examples_and_shows_how_it_fails(name):
    assert list(number_faults(CATALOGUE.types[name], examples_of(CATALOGUE.types[name]))) == []


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_one_of_its_examples_fails(name):
    assert [one["error"] for one in examples_of(CATALOGUE.types[name]) if "error" in one]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[f"{n}: {e['name']}" for n, e in EXAMPLES])
async def test_an_example_is_true(name, example):
    assert await example_faults(CATALOGUE.types[name], example, CATALOGUE) == []


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[f"{n}: {e['name']}" for n, e in EXAMPLES])
def test_an_example_passes_the_check_and_gives_what_its_shape_says(name, example):
    assert shape_faults(CATALOGUE.types[name], example, CATALOGUE) == []


@pytest.mark.parametrize("name", TYPES)
def test_its_schema_is_as_it_was(name):
    """Saved workflows depend on it: what they would stumble over needs a new version and a migration."""
    recorded = json.loads((ROOT / RECORD / f"{name}.json").read_text(encoding="utf-8"))

    assert recorded == record(CATALOGUE.types[name]), "write it anew with `make nodes`"


def test_descriptions_are_plain_json_within_the_subset_forms_know():
    text = json.dumps(CATALOGUE.describe())

    for word in ("$ref", "$defs", "allOf"):
        assert word not in text
