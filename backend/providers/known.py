"""The providers offered by name, with the ids that LiteLLM knows them by, and what each needs.

A short list on purpose: those people ask for. Anything else that speaks OpenAI's protocol is connected by
its address. LiteLLM itself is not imported here: it costs the web process three seconds and 169 MB.
"""

from dataclasses import dataclass
from typing import Final, Literal

Need = Literal["api_key", "base_url"]


@dataclass(frozen=True)
class Provider:
    """A company that serves models. `needs`: what a connection to it must give."""

    id: str
    title: str
    needs: tuple[Need, ...] = ("api_key",)


PROVIDERS: Final[tuple[Provider, ...]] = (
    Provider("openai", "OpenAI"),
    Provider("anthropic", "Anthropic"),
    Provider("gemini", "Google Gemini"),
    Provider("deepseek", "DeepSeek"),
    Provider("dashscope", "Alibaba Qwen (DashScope)"),
    Provider("moonshot", "Moonshot Kimi"),
    Provider("zai", "Zhipu GLM (Z.ai)"),
    Provider("volcengine", "Volcengine Doubao"),
    Provider("minimax", "MiniMax"),
    Provider("mistral", "Mistral"),
    Provider("groq", "Groq"),
    Provider("xai", "xAI"),
    Provider("openrouter", "OpenRouter"),
    Provider("together_ai", "Together AI"),
    Provider("fireworks_ai", "Fireworks AI"),
    Provider("cohere", "Cohere"),
    Provider("azure", "Microsoft Azure OpenAI", ("api_key", "base_url")),
)
BY_ID: Final = {provider.id: provider for provider in PROVIDERS}
