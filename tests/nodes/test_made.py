"""What is written from the step types: all of it by one command, and nothing that breaks saved workflows."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nodes.made import PAGE, RECORD, SAMPLE, breaks, made, stale
from nodes.sdk.catalogue import load_catalogue

CATALOGUE = load_catalogue()
ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, settings) -> Path:
    """A folder in which all that is made from the types is current."""
    for file, text in made(CATALOGUE).items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    settings.BASE_DIR = tmp_path
    return tmp_path


def docs(*words: str) -> str:
    out = StringIO()
    call_command("node", "docs", *words, stdout=out)
    return out.getvalue()


def record_as(checkout: Path, name: str, change) -> None:
    """Makes the record of a type what it would be had the type been otherwise before."""
    file = checkout / RECORD / f"{name}.json"
    recorded = json.loads(file.read_text(encoding="utf-8"))
    change(recorded)
    file.write_text(json.dumps(recorded), encoding="utf-8")


def test_all_that_is_made_from_the_types_is_current_here():
    assert stale(CATALOGUE, ROOT) == [], "write it anew with `make nodes`"
    assert breaks(CATALOGUE, ROOT) == []


def test_one_command_writes_all_that_a_new_type_needs(checkout):
    (checkout / RECORD / "merge.json").unlink()
    (checkout / SAMPLE).write_text("{}", encoding="utf-8")
    (checkout / PAGE).write_text("", encoding="utf-8")
    (checkout / RECORD / "gone.json").write_text("{}", encoding="utf-8")

    with pytest.raises(CommandError, match=r"merge\.json.*make nodes"):
        docs("--check")
    said = docs()

    assert "gone.json (removed" in said
    assert stale(CATALOGUE, checkout) == []
    assert "current" in docs("--check")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda was: was["config"]["properties"].update(old={"type": "string"}), "config.old is gone"),
        (lambda was: was["output"]["properties"].update(old={"type": "string"}), "output.old is gone"),
        (lambda was: was["config"].pop("required"), "config.text must be filled in now"),
        (
            lambda was: was["config"]["properties"]["words"].update(type="string"),
            "was 'string' and is 'integer'",
        ),
        (
            lambda was: was["config"]["properties"]["style"]["oneOf"].append({"const": "verse"}),
            "config.style cannot be verse any more",
        ),
        (lambda was: was["ports"].append({"name": "else", "title": ""}), "the way out 'else' is gone"),
    ],
)
def test_what_saved_workflows_would_stumble_over_is_not_written(checkout, change, said):
    record_as(checkout, "summarise", change)
    before = (checkout / RECORD / "summarise.json").read_text(encoding="utf-8")

    with pytest.raises(CommandError, match="raise `version`") as refused:
        docs()

    assert f"summarise: {said}" in str(refused.value) or said in str(refused.value)
    assert (checkout / RECORD / "summarise.json").read_text(encoding="utf-8") == before


def test_a_type_that_raised_its_version_may_change_anything(checkout):
    def before(was):
        was["version"] = 0
        was["config"]["properties"]["old"] = {"type": "string"}

    record_as(checkout, "summarise", before)

    docs()

    assert stale(CATALOGUE, checkout) == []


def test_more_settings_and_choices_break_nothing(checkout):
    def before(was):
        del was["config"]["properties"]["language"]
        del was["config"]["properties"]["style"]["oneOf"][0]

    record_as(checkout, "summarise", before)

    assert breaks(CATALOGUE, checkout) == []
