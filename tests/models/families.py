"""The families of providers whose streams the fake provider speaks, through LiteLLM."""

from __future__ import annotations

from typing import Final

from tests.models.fixtures import FakeOpenAI
from workers.models.litellm_backend import LiteLLMBackend
from workers.outgoing import GuardedHttp

KEY: Final = "sk-very-secret"
BASES: Final = {
    "openai": "/v1",
    "anthropic": "",
    "gemini": "/v1beta",
    "azure": "",
    "bedrock": "",
    "ollama_chat": "",
}
_OPTIONS: Final = {
    "azure": {"api_version": "2024-10-21"},
    "bedrock": {
        "aws_access_key_id": "AKIA0",
        "aws_secret_access_key": KEY,
        "aws_region_name": "us-east-1",
    },
}
_CLAUDE: Final = "anthropic.claude-3-5-haiku-20241022-v1:0"


def through_litellm(
    http: GuardedHttp, fake: FakeOpenAI, provider: str, model: str = "fake-1", *, timeout_s: float = 5
) -> LiteLLMBackend:
    """A model of that family at the fake provider."""
    return LiteLLMBackend(
        http,
        provider,
        _CLAUDE if provider == "bedrock" else model,
        api_key="" if provider == "bedrock" else KEY,
        base_url=f"http://{fake.place}{BASES[provider]}",
        options=_OPTIONS.get(provider),
        title="here/fake-1",
        timeout_s=timeout_s,
    )
