"""What the parser of bodies refuses, and that it never breaks."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import MAX_BYTES, MAX_DEPTH, parse_json

REFUSED = {
    "cut_off": (b'{"a": ', "bad_json"),
    "nothing": (b"", "bad_json"),
    "two_values": (b"{} {}", "bad_json"),
    "single_quotes": (b"{'a': 1}", "bad_json"),
    "trailing_comma": (b'{"a": 1,}', "bad_json"),
    "raw_control_character": (b'"a\x00b"', "bad_json"),
    "not_utf8": (b'"\xff\xfe"', "bad_encoding"),
    "utf16": ('{"a": 1}'.encode("utf-16"), "bad_encoding"),
    "raw_surrogate": (b'"\xed\xa0\x80"', "bad_encoding"),
    "nan": (b'{"a": NaN}', "bad_number"),
    "infinity": (b"[Infinity]", "bad_number"),
    "minus_infinity": (b"[-Infinity]", "bad_number"),
    "float_overflow": (b"[1e999]", "bad_number"),
    "endless_integer": (b"[" + b"9" * 100_000 + b"]", "bad_number"),
    "escaped_nul": (b'{"a": "x\\u0000y"}', "bad_text"),
    "escaped_nul_in_key": (b'{"a\\u0000": 1}', "bad_text"),
    "lone_surrogate": (b'["\\ud800"]', "bad_text"),
    "reversed_surrogates": (b'["\\udc00\\ud800"]', "bad_text"),
    "duplicate_key": (b'{"a": 1, "a": 2}', "duplicate_key"),
    "duplicate_key_by_escape": (b'{"a": 1, "\\u0061": 2}', "duplicate_key"),
    "deep_list": (b"[" * 65 + b"]" * 65, "too_deep"),
    "depth_bomb": (b"[" * 1_000_000, "too_deep"),
    "depth_bomb_of_objects": (b'{"a":' * 500_000, "too_deep"),
    "quotes_without_end": (b'"\\' * 1_000_000, "bad_json"),
    "too_large": (b'"' + b"a" * MAX_BYTES + b'"', "too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_fail_later_is_refused_here(name: str) -> None:
    raw, code = REFUSED[name]

    with pytest.raises(ApiError) as refused:
        parse_json(raw)

    assert refused.value.code == code
    assert refused.value.status in (400, 413)
    assert refused.value.message.endswith(".")


def test_brackets_in_texts_are_not_depth() -> None:
    text = "[{" * 1_000 + '"'

    assert parse_json(json.dumps([text]).encode()) == [text]


def test_the_deepest_allowed_is_read() -> None:
    raw = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert json.dumps(parse_json(raw)).encode() == raw


def test_an_escaped_backslash_before_u0000_is_only_text() -> None:
    assert parse_json(rb'"\\u0000"') == r"\u0000"


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "😀"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(ApiError):
        parse_json(raw)


plain_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
plain_numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
plain_values = st.recursive(
    st.none() | st.booleans() | plain_numbers | plain_texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_texts, inner, max_size=4),
    max_leaves=20,
)


@given(plain_values, st.booleans())
def test_every_plain_value_comes_back(value: object, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
