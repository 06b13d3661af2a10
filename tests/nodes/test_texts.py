"""Looking for a pattern takes no longer than the text is long, within bounds; data is found amid words."""

import time

import pytest

from nodes.builtin.text.node import TextNode
from nodes.builtin.text.patterns import MAX_FOUND, PatternFault, find, looked_for, replace
from nodes.sdk import NodeError
from nodes.sdk.json_text import NotData, data_in


def test_a_pattern_that_makes_others_slow_is_quick():
    before = time.process_time()

    find(looked_for("(a*)*b|(x+x+)+y", True, False), "a" * 500_000 + "x" * 500_000)

    assert time.process_time() - before < 5


@pytest.mark.parametrize("pattern", ["(", "a{1001}{1001}", "(?=a)", r"(a)\1", "[z-a]"])
def test_a_pattern_that_cannot_be_read_is_said_when_it_is_drawn(pattern):
    with pytest.raises(PatternFault):
        looked_for(pattern, True, False)

    (problem,) = TextNode.check({"does": "find", "what": pattern, "is_pattern": True})
    assert problem.code == "bad_pattern"
    assert TextNode.check({"does": "find", "what": pattern}) == ()


def test_no_more_is_given_than_its_bound():
    found, _ = find(looked_for("", True, False), "a" * (MAX_FOUND + 5))

    assert len(found) == MAX_FOUND


def test_a_replaced_text_is_bounded():
    with pytest.raises(NodeError) as caught:
        replace(looked_for("a", False, False), "a" * 10_000, "b" * 10_000, is_pattern=False)

    assert caught.value.code == "bad_config"


@pytest.mark.parametrize(
    ("instead", "text"),
    [(r"<\1>", "<1>-<2>"), (r"\\1", r"\1-\1"), (r"\0\0", "11-22"), ("\\", "\\-\\"), (r"\x", r"\x-\x")],
)
def test_parts_of_a_pattern_are_put_back(instead, text):
    assert replace(looked_for("([0-9])", True, False), "1-2", instead, is_pattern=True) == (text, 2)


def test_what_replaces_words_is_taken_as_it_is():
    assert replace(looked_for("1", False, False), "1", r"\1", is_pattern=False) == (r"\1", 1)


def test_a_part_that_a_pattern_does_not_have_is_said():
    with pytest.raises(NodeError) as caught:
        replace(looked_for("(a)", True, False), "a", r"\2", is_pattern=True)

    assert "no part number 2" in caught.value.message


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": 1}', {"a": 1}),
        ("7", 7),
        ("```\n[1]\n```", [1]),
        ("Well:\n```json\n{}\n```\nDone.", {}),
        ('It is {"a": [1, {"b": 2}]}, I think.', {"a": [1, {"b": 2}]}),
        ("a [b] {c} [1]", [1]),
    ],
)
def test_data_is_found_amid_words(text, data):
    assert data_in(text) == data


@pytest.mark.parametrize("text", ["", "no", "NaN", "[" * 100_000, '{"a": NaN}', "{" * 30 + "[1]"])
def test_what_holds_no_data_is_refused(text):
    with pytest.raises(NotData):
        data_in(text)
