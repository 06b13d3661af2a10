"""What a model says, cut and told apart, wherever its pieces break."""

import pytest

from workers.models.pieces import Cut, Thoughts


def cut(text: str, stops: tuple[str, ...], size: int) -> tuple[str, bool]:
    cutter, said = Cut(stops), ""
    for start in range(0, len(text), size):
        said += cutter.feed(text[start : start + size])
        if cutter.is_cut:
            return said, True
    return said + cutter.rest(), False


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("text", "stops", "said", "is_cut"),
    [
        ("one two three", ("two",), "one ", True),
        ("one two three", (), "one two three", False),
        ("aab", ("ab",), "a", True),
        ("almost EN", ("END",), "almost EN", False),
        ("x--END", ("END", "--"), "x", True),
    ],
)
def test_a_stop_text_ends_the_answer_before_it(text, stops, said, is_cut, size):
    assert cut(text, stops, size) == (said, is_cut)


def told_apart(text: str, size: int, *, is_on: bool = True) -> tuple[str, str]:
    thoughts = Thoughts(is_on=is_on)
    pieces = [p for start in range(0, len(text), size) for p in thoughts.feed(text[start : start + size])]
    pieces += thoughts.rest()
    return "".join(p.reasoning for p in pieces), "".join(p.text for p in pieces)


@pytest.mark.parametrize("size", [1, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>Hm, so.</think>\n\nYes.", "Hm, so.", "Yes."),
        ("\n<think>\n</think>Yes.", "\n", "Yes."),
        ("Yes.", "", "Yes."),
        ("<thin", "", "<thin"),
        ("a <think>b</think>", "", "a <think>b</think>"),
        ("<think>never ends", "never ends", ""),
        ("  <b>x</b>", "", "  <b>x</b>"),
    ],
)
def test_thinking_aloud_is_no_answer(text, reasoning, answer, size):
    assert told_apart(text, size) == (reasoning, answer)


def test_where_the_answer_is_bound_nothing_is_taken_for_thinking():
    assert told_apart("<think>x</think>", 4, is_on=False) == ("", "<think>x</think>")
