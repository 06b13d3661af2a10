"""Only plain JSON enters a journal."""

import pytest

from workers.engine.plain import NotPlain, check_plain, clean_text


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, "", "ä𝄞\n", [], {}, {"a": [1, {"b": None}]}, 2**80, "x" * 300_000, nested(64)],
    ids=lambda value: str(value)[:20],
)
def test_json_in_plain_types_is_kept(value):
    check_plain(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [1, {"a": float("-inf")}],
        "a\0b",
        {"a\0": 1},
        "\ud83d",
        {"\udc00": 1},
        {1: "one"},
        (1, 2),
        {1, 2},
        b"bytes",
        object(),
        10**400,
        nested(65),
        nested(100_000),
        "x" * 10_000_001,
        ["x" * 1_000_000] * 11,
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_refused_with_a_reason(value):
    with pytest.raises(NotPlain, match="it "):
        check_plain(value)


def test_a_name_of_another_kind_is_refused_also_when_one_like_it_was_seen():
    class Name(str):
        __slots__ = ()

    check_plain({"total": 1})

    with pytest.raises(NotPlain, match="not a text"):
        check_plain({Name("total"): 1})


def test_a_message_is_cleaned_and_shortened():
    assert clean_text("a\0b\ud800c") == "ab?c"
    assert clean_text("x" * 3_000) == "x" * 1_999 + "…"
