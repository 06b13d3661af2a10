"""How node types are found, described, and kept from breaking one another."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nodes.sdk import NodeError
from nodes.sdk.catalogue import DROP_IN_SETTING, installed_catalogue, load_catalogue
from nodes.sdk.check import check
from nodes.sdk.describe import describe_type, icon_file
from nodes.sdk.testing import run_node
from tests.nodes.graphs import graph

GUIDE = Path(__file__).parents[2] / "nodes" / "README.md"
WORD_COUNT = GUIDE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
"""The smallest complete node, as the guide shows it."""


@pytest.fixture
def folder(tmp_path: Path):
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("treadle_drop_in_")]:
        del sys.modules[name]


async def test_a_new_node_type_is_one_file(folder):
    (folder / "word_count.py").write_text(WORD_COUNT)
    catalogue = load_catalogue(folder)
    described = {one["type"]: one for one in catalogue.describe()}["word_count"]

    assert catalogue.broken == {}
    assert described["title"] == "Word count"
    assert described["group"] == "Text"
    assert described["help"] == "Counts the words in a text."
    assert described["ports"] == [{"name": "out", "title": ""}]
    assert described["config"] == {
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {
                "type": "string",
                "title": "Text",
                "description": "Type, or pick a variable.",
                "x-ui": {"widget": "template"},
            }
        },
    }
    assert described["output"]["properties"] == {"words": {"type": "integer", "title": "Number of words"}}
    drawn = graph(
        {
            "start_1": {},
            "word_count_1": {"text": "{{ start_1.query }}"},
            "answer_1": {"text": "{{ word_count_1.words }}"},
        },
        "start_1 -> word_count_1",
        "word_count_1 -> answer_1",
    )
    assert check(drawn, catalogue) == []
    ran = await run_node(
        catalogue.get("word_count"),
        {"text": "{{ start_1.query }}"},
        scope={"start_1": {"query": "one two three"}},
    )
    assert ran.output == {"words": 3}


async def test_a_single_file_carries_its_examples_and_words_in_the_class(folder):
    more = """
    examples = [{"name": "Counts", "config": {"text": "a b"}, "output": {"words": 2}}]
    i18n = {"zh": {"title": "字数"}}
"""
    (folder / "word_count.py").write_text(
        WORD_COUNT.replace("\n    class Config", more + "\n    class Config")
    )
    node_type = load_catalogue(folder).get("word_count")

    for example in node_type.examples:
        ran = await run_node(node_type, example["config"])
        assert ran.output == example["output"]
    assert describe_type(node_type)["i18n"]["zh"]["title"] == "字数"


def test_a_folder_brings_its_help_icon_and_words(folder):
    (folder / "counting").mkdir()
    for name, text in {
        "node.py": WORD_COUNT,
        "README.md": "# Help",
        "README.zh.md": "# 帮助",
        "icon.svg": "<svg/>",
        "zh.yaml": "title: 字数\n",
    }.items():
        (folder / "counting" / name).write_text(text)
    node_type = load_catalogue(folder).get("word_count")
    described = describe_type(node_type)

    assert described["doc"] == "# Help"
    assert described["i18n"] == {"zh": {"title": "字数", "doc": "# 帮助"}}
    assert described["has_icon"] is True
    assert icon_file(node_type) == folder / "counting" / "icon.svg"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "import a_library_that_is_not_there",
            "ModuleNotFoundError: No module named 'a_library_that_is_not_there'",
        ),
        ("class (", "SyntaxError"),
        ("raise SystemExit(1)", "SystemExit"),
        ("1 / 0", "ZeroDivisionError"),
        ("", "It defines no node type."),
        (WORD_COUNT.replace('"word_count"', '"Word Count"'), "WordCount: `type` must be"),
        (WORD_COUNT.replace('"word_count"', '"start"'), "'start' is already taken"),
        (WORD_COUNT.replace('"Word count"', '""'), "`title` is missing"),
        (WORD_COUNT.replace('"none"', '"nothing"'), "`effects` must be"),
        (WORD_COUNT.replace("async def", "def"), "async def run"),
        (WORD_COUNT.replace("(NodeConfig)", ""), "Config must be a NodeConfig"),
        (
            WORD_COUNT.replace("    type,", '    answers = "nothing"\n    type,'),
            "which is not a field of Config",
        ),
    ],
)
def test_a_broken_node_is_listed_with_its_reason_and_hides_nothing(folder, text, reason):
    (folder / "broken.py").write_text(text)
    (folder / "good.py").write_text(WORD_COUNT.replace("word_count", "good").replace("WordCount", "Good"))
    catalogue = load_catalogue(folder)

    assert reason in catalogue.broken["broken"]
    assert {"start", "prompt", "branch", "template", "answer", "good"} <= set(catalogue.types)


def test_files_that_are_no_nodes_are_left_alone(folder):
    (folder / "_shared.py").write_text("1 / 0")
    (folder / ".hidden.py").write_text("1 / 0")
    (folder / "notes.txt").write_text("hello")
    (folder / "pictures").mkdir()

    assert load_catalogue(folder).broken == {}


def test_a_folder_that_is_not_there_brings_nothing(tmp_path):
    assert load_catalogue(tmp_path / "nowhere").broken == {}


def test_an_installed_pack_brings_its_types(folder, monkeypatch):
    (folder / "acme_pack.py").write_text(WORD_COUNT.replace("word_count", "acme_count"))
    (folder / "broken_pack.py").write_text("import a_library_that_is_not_there")
    monkeypatch.syspath_prepend(str(folder))
    points = [
        EntryPoint("acme", "acme_pack", "treadle.nodes"),
        EntryPoint("again", "acme_pack:WordCount", "treadle.nodes"),
        EntryPoint("broken", "broken_pack", "treadle.nodes"),
        EntryPoint("odd", "acme_pack:Field", "treadle.nodes"),
    ]
    monkeypatch.setattr("nodes.sdk.catalogue.entry_points", lambda group: points)
    catalogue = load_catalogue()

    assert "acme_count" in catalogue.types
    assert set(catalogue.broken) == {"broken", "odd"}


def test_a_type_that_is_not_there_is_an_error_with_its_name(folder):
    (folder / "lost.py").write_text("1 / 0")
    catalogue = load_catalogue(folder)

    with pytest.raises(NodeError, match="no step type 'nothing'") as raised:
        catalogue.get("nothing")
    assert raised.value.code == "unknown_type"
    with pytest.raises(NodeError, match="ZeroDivisionError"):
        catalogue.get("lost")


def test_the_drop_in_folder_is_a_setting(folder, monkeypatch):
    (folder / "word_count.py").write_text(WORD_COUNT)
    monkeypatch.setenv(DROP_IN_SETTING, str(folder))
    installed_catalogue.cache_clear()

    assert "word_count" in installed_catalogue().types
    installed_catalogue.cache_clear()
