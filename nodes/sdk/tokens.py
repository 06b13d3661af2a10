"""About how many tokens a text is, where no model has counted them."""

from __future__ import annotations

from nodes.sdk.models import ChatRequest

_CHARACTERS_A_TOKEN = 4
_MESSAGE_OVERHEAD = 4


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is: four ASCII characters make one, any other character is one."""
    if not text:
        return 0
    ascii_count = sum(character < "\x80" for character in text)
    return max(1, -(-ascii_count // _CHARACTERS_A_TOKEN) + len(text) - ascii_count)


def estimate_prompt(request: ChatRequest) -> int:
    """About how many tokens a question is."""
    return sum(estimate_tokens(message.content) + _MESSAGE_OVERHEAD for message in request.messages)
