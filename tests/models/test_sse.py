"""Server-sent events, however the network cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.models.sse import MAX_EVENT_CHARS, SseParser

STREAM = (
    '\ufeff: hello\r\ndata: {"a": 1}\r\n\r\nid: 7\ndata: 你好 🌍\n\n'
    "event: x\rdata:one\rdata: two\r\r: ping\n\ndata: [DONE]\n\n"
)
EVENTS = ['{"a": 1}', "你好 🌍", "one\ntwo", "[DONE]"]


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=30))
def test_a_stream_reads_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    wire = STREAM.encode()
    edges = [0, *sorted(cuts), len(wire)]
    parser = SseParser()

    events = [e for a, b in pairwise(edges) for e in parser.feed(wire[a:b])]

    assert events == EVENTS


def test_a_stream_reads_the_same_byte_by_byte() -> None:
    parser = SseParser()

    assert [e for byte in STREAM.encode() for e in parser.feed(bytes([byte]))] == EVENTS


def test_the_last_event_needs_no_blank_line() -> None:
    parser = SseParser()

    assert parser.feed(b"data: end") == []
    assert parser.close() == ["end"]


def test_comments_and_empty_events_say_nothing() -> None:
    assert SseParser().feed(b": ping\n\n\n\nretry: 5\n\n") == []


def test_an_event_without_an_end_is_refused() -> None:
    parser = SseParser()

    with pytest.raises(ValueError, match="longer"):
        parser.feed(b"data: " + b"x" * (MAX_EVENT_CHARS + 1))
