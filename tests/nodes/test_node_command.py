"""`manage.py node new` and `manage.py node check`."""

import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nodes.sdk.catalogue import BUILTIN, load_catalogue
from nodes.sdk.scaffold import FILES, CannotBegin, begin

CATALOGUE = load_catalogue()


@pytest.fixture
def folder(tmp_path: Path):
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("treadle_drop_in_")]:
        del sys.modules[name]


def node(*words: str) -> str:
    out = StringIO()
    call_command("node", *words, stdout=out)
    return out.getvalue()


def begun(folder: Path) -> Path:
    node("new", "word_count", "--title", "Word count", "--into", str(folder))
    return folder / "word_count"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_type_has_every_file_and_is_complete_at_once(folder):
    home = begun(folder)
    catalogue = load_catalogue(folder)

    assert {file.name for file in home.iterdir() if file.is_file()} == set(FILES)
    assert catalogue.broken == {}
    assert catalogue.types["word_count"].title == "Word count"
    assert "word_count: complete, 3 examples are true" in node("check", str(home))
    assert "word_count: complete" in node("check", str(folder))
    assert "word_count: complete" in node("check", str(home / "node.py"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Word Count", "begin with a small letter"),
        ("1st", "begin with a small letter"),
        ("../up", "begin with a small letter"),
        ("x" * 51, "50 characters at most"),
        ("", "begin with a small letter"),
        ("class", "a meaning of its own"),
        ("vars", "a meaning of its own"),
        ("start", "There is a step type 'start' already, 'Visitor message'"),
    ],
)
def test_a_bad_or_taken_name_is_refused_in_plain_words(folder, name, words):
    with pytest.raises(CannotBegin, match=words):
        begin(name, folder, CATALOGUE)
    assert list(folder.iterdir()) == []


def test_nothing_that_is_there_is_written_over(folder):
    (folder / "word_count.py").write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        node("new", "word_count", "--into", str(folder))
    with pytest.raises(CommandError, match="A title is one line"):
        node("new", "words", "--into", str(folder), "--title", 'a"b')
    assert [entry.name for entry in folder.iterdir()] == ["word_count.py"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("README.zh.md", FILES["README.zh.md"], "", "README.zh.md is missing"),
        ("README.md", FILES["README.md"], "", "README.md is missing"),
        ("zh.yaml", "  words: {title: 词数}\n", "", "no title for the field 'words'"),
        ("zh.yaml", "  text: 文字\n", "  other: 文字\n", "no word for 'text' of its output"),
        ("icon.svg", "currentColor", "red", "icon.svg must have"),
        ("icon.svg", "<circle", "<script/><circle", "icon.svg holds script"),
        ("icon.svg", "</svg>", "", "icon.svg cannot be read"),
        ("examples.yaml", "{text: The bakery}", "{text: The cakery}", "not {'text': 'The cakery'}"),
        ("examples.yaml", "error: info_missing", "error: bad_config", "should fail with 'bad_config'"),
        ("examples.yaml", "error: info_missing", "output: {text: ''}", "It fails with 'info_missing'"),
        ("examples.yaml", "words: 2", "words: 0", "must be at least 1"),
        ("examples.yaml", "words: 2", "wards: 2", "does not belong there"),
        ("examples.yaml", "- name: Takes", "- nome: Takes", "'nome', which no example knows"),
        ("node.py", '"Advanced", "none"', '"Texts", "none"', "`group` is 'Texts'"),
        ("node.py", '"info_missing",)', '"text_gone",)', "not among the codes"),
        ("node.py", 'title="Words", ', "title='', ", "'words' of its config has no title"),
        ("node.py", "as many words as are wanted.", "as many words as are wanted", "must be a sentence"),
    ],
)
def test_what_is_missing_or_untrue_is_said(folder, capsys, file, old, new, said):
    home = begun(folder)
    change(home / file, old, new)
    out = StringIO()

    with pytest.raises(CommandError, match="1 of 1 are not complete"):
        call_command("node", "check", str(home), stdout=out)
    assert said in out.getvalue()


def test_a_type_that_cannot_be_loaded_is_told_with_its_reason(folder):
    home = begun(folder)
    change(home / "node.py", "class WordCount", "1 / 0\n\n\nclass WordCount")
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("node", "check", str(home), stdout=out)
    assert "word_count: it cannot be loaded. ZeroDivisionError" in out.getvalue()


def test_a_type_is_checked_by_its_name_and_by_its_folder():
    assert "merge: complete" in node("check", "merge")
    assert "merge: complete" in node("check", str(BUILTIN / "merge"))
    with pytest.raises(CommandError, match="no step type 'nothing'"):
        node("check", "nothing")
