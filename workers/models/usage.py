"""Tokens of a call, counted where the service says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from nodes.sdk.models import ChatRequest, Usage
from nodes.sdk.tokens import estimate_prompt, estimate_tokens


def estimate_usage(request: ChatRequest, reply: str) -> Usage:
    """A usage for services that report none, so that limits on tokens still mean something."""
    return Usage(prompt_tokens=estimate_prompt(request), completion_tokens=estimate_tokens(reply))


def usage_from_json(value: object) -> Usage | None:
    """OpenAI's usage object, or None if it is none."""
    if not isinstance(value, dict):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int) or prompt < 0 or completion < 0:
        return None
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def embedding_usage(value: object, texts: Sequence[str]) -> Usage:
    """The usage of an embedding request: OpenAI's object, or an estimate where a service reports nothing."""
    counted = value.get("prompt_tokens") if isinstance(value, dict) else None
    if not isinstance(counted, int) or isinstance(counted, bool) or counted <= 0:
        counted = sum(map(estimate_tokens, texts))
    return Usage(prompt_tokens=counted)
