"""About how many tokens a text is and how long a recording, where no model has counted them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence

from nodes.sdk.models import ChatRequest, Recording

_CHARACTERS_A_TOKEN = 4
_MESSAGE_OVERHEAD = 4
_BYTES_A_MINUTE = 960_000  # 128 kbit a second, as most files have that do not say how long they are
_TOKENS_A_PICTURE = 1_000  # services count 250 to 1,600 for one, by its size


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is: four ASCII characters make one, any other character is one."""
    if not text:
        return 0
    ascii_count = sum(character < "\x80" for character in text)
    return max(1, -(-ascii_count // _CHARACTERS_A_TOKEN) + len(text) - ascii_count)


def estimate_ranking(query: str, texts: Sequence[str]) -> int:
    """About how many tokens a model reads that compares a question with each text."""
    return estimate_tokens(query) * len(texts) + sum(map(estimate_tokens, texts))


def estimate_minutes(recording: Recording) -> float:
    """How long a recording is: as a WAV file says it, else about that."""
    head = recording.content[:44]
    if len(head) == 44 and head.startswith(b"RIFF") and head[8:16] == b"WAVEfmt ":
        a_second: int = struct.unpack_from("<I", head, 28)[0]
        if a_second:
            return len(recording.content) / a_second / 60
    return len(recording.content) / _BYTES_A_MINUTE


def estimate_prompt(request: ChatRequest) -> int:
    """About how many tokens a question is, with its pictures and the tools that it offers."""
    pictures = sum(len(message.images) for message in request.messages)
    words = sum(estimate_tokens(text) + _MESSAGE_OVERHEAD for text in _texts(request))
    return words + pictures * _TOKENS_A_PICTURE


def _texts(request: ChatRequest) -> Iterator[str]:
    for message in request.messages:
        yield message.content
        for call in message.tool_calls:
            yield call.name + json.dumps(dict(call.arguments), ensure_ascii=False)
    for tool in request.tools:
        yield tool.name + tool.description + json.dumps(dict(tool.parameters), ensure_ascii=False)
