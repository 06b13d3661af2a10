"""Every other provider, through LiteLLM as a library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Price, Ranking, Usage, Vectors
from workers.models import failures
from workers.models.backend import cannot, cannot_rank
from workers.models.calls import CallsHeard, message_json, tool_settings
from workers.models.litellm_failures import failure_of, refused_by_us
from workers.models.litellm_setup import Call, litellm_library
from workers.models.openai_backend import MOST_TEXTS, response_format, vectors_in_order
from workers.models.ranking import TIMEOUT_S as RANKING_TIMEOUT_S
from workers.models.ranking import clamped, ranking_usage, scores_in_order
from workers.models.usage import embedding_usage, estimate_usage
from workers.models.vectors import batches, prefixed
from workers.outgoing.http import GuardedHttp

T = TypeVar("T")

# Families whose every request was seen to pass the guard (tests/models/test_litellm_guard.py). Others open
# connections of their own: boto3 for Bedrock, google-auth for Vertex AI, requests for Databricks.
PROVIDERS = (
    "anthropic", "azure", "bedrock", "cohere", "dashscope", "deepseek", "fireworks_ai", "gemini", "groq",
    "minimax", "mistral", "moonshot", "ollama_chat", "openai", "openrouter", "together_ai", "volcengine",
    "xai", "zai",
)  # fmt: skip
# Whose vectors were, too.
EMBEDDERS = (
    "azure", "bedrock", "cohere", "fireworks_ai", "gemini", "jina_ai", "mistral", "openai", "together_ai",
    "voyage",
)  # fmt: skip
# Whose rankings were, too. Two of them do nothing else here but make vectors.
RERANKERS = ("cohere", "dashscope", "jina_ai", "voyage")
# What a connection may tell LiteLLM besides a key and an address. Nothing else of it is passed on.
OPTIONS = {
    "azure": ("api_version",),
    "bedrock": ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region_name"),
}
# Those for which LiteLLM sends a message's words alone when it does not know that the model sees.
_LEAVES_PICTURES_OUT = ("cohere", "deepseek")
_NEEDS_NO_KEY = ("ollama_chat",)

TIMEOUT_S = 180.0
_MOST_CHARACTERS = 100_000


class LiteLLMBackend:
    """One model of one provider. `base_url` replaces the provider's own address; `title` is for messages."""

    def __init__(
        self,
        http: GuardedHttp,
        provider: str,
        model: str,
        *,
        api_key: str,
        base_url: str = "",
        options: Mapping[str, str] | None = None,
        title: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._http = http
        self._provider = provider
        self._model = model
        self._key = api_key
        self._base_url = base_url
        allowed = OPTIONS.get(provider, ())
        self._options = {name: value for name, value in (options or {}).items() if name in allowed}
        self._title = title or model
        self._timeout_s = timeout_s

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self._check()
        if self._provider not in PROVIDERS:
            raise cannot(self._title, "does not write", "a chat model")
        litellm = await litellm_library()
        if request.has_images and self._is_blind(litellm):
            raise failures.cannot_see(self._title)
        call = Call(self._http)
        texts: list[str] = []
        usage: Usage | None = None
        finish: str | None = None
        calls = CallsHeard(request, self._title)
        try:
            stream = await self._soon(call.run(litellm.acompletion(**self._arguments(request))))
            while (event := await self._soon(call.run(anext(stream, None)))) is not None:
                usage = _usage(event) or usage
                text, reasoning, ended = _said(event)
                finish = ended or finish
                if text or reasoning:
                    texts += [reasoning, text]
                    yield ChatChunk(text=text, reasoning=reasoning)
                for piece in calls.feed(_calls(event)):
                    yield ChatChunk(call_text=piece)
            if finish is None:
                raise failures.broken_off(self._title)
            whole = calls.whole(was_cut=finish == "length")
            usage = usage or estimate_usage(request, "".join(texts) + calls.text)
            yield ChatChunk(
                usage=self._priced(litellm, usage),
                finish="tool_calls" if whole else finish,
                model=self._model,
                tool_calls=whole,
            )
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None
        except Exception as error:
            raise self._failure(litellm, error, call, with_images=request.has_images) from None
        finally:
            await call.close()

    async def embed(self, texts: Sequence[str], *, kind: EmbedKind) -> Vectors:
        self._check()
        if self._provider not in EMBEDDERS:
            raise cannot(self._title, "is not known to make vectors", "an embedding model")
        litellm = await litellm_library()
        call = Call(self._http)
        vectors: list[list[float]] = []
        usage = Usage()
        try:
            for group in batches(prefixed(texts, self._model, kind), MOST_TEXTS, _MOST_CHARACTERS):
                answer = await self._soon(
                    call.run(litellm.aembedding(**self._embedding_arguments(group, kind)))
                )
                said = answer.model_dump()
                vectors += vectors_in_order(said.get("data"), len(group))
                usage += self._priced(litellm, embedding_usage(said.get("usage"), group))
        except ValueError as error:
            if isinstance(error, litellm.exceptions.APIError):
                raise self._failure(litellm, error, call) from None
            raise failures.senseless(self._title) from None
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None
        except Exception as error:
            raise self._failure(litellm, error, call) from None
        finally:
            await call.close()
        return Vectors(vectors, model=self._title, usage=usage)

    async def rerank(self, query: str, texts: Sequence[str]) -> Ranking:
        self._check()
        if self._provider not in RERANKERS:
            raise cannot_rank(self._title)
        litellm = await litellm_library()
        call = Call(self._http)
        arguments = {
            **self._place(),
            "timeout": min(self._timeout_s, RANKING_TIMEOUT_S),
            "query": query,
            "documents": list(texts),
            "top_n": len(texts),
            "return_documents": False,
        }
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            async with asyncio.timeout(arguments["timeout"]):
                answer = await call.run(litellm.arerank(**given))
            scores = scores_in_order(answer.results, len(texts))
        except TimeoutError:
            raise failures.timed_out(self._title) from None
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None
        except Exception as error:
            if call.was_answered and refused_by_us(error) is None:  # LiteLLM made no ranking of it
                raise failures.senseless(self._title) from None
            raise self._failure(litellm, error, call) from None
        finally:
            await call.close()
        units, tokens = ((answer.meta or {}).get(part) or {} for part in ("billed_units", "tokens"))
        counted = [units.get("total_tokens"), tokens.get("input_tokens")]
        usage = ranking_usage(counted, query, texts)
        cost = self._ranking_cost(litellm, usage, units)
        return Ranking(tuple(clamped(scores)), self._title, replace(usage, cost=cost))

    async def _soon(self, step: Awaitable[T]) -> T:
        """What a step gives, if it does within our patience: not every family hears of that from LiteLLM."""
        try:
            async with asyncio.timeout(self._timeout_s) as patience:
                return await step
        except TimeoutError:
            if patience.expired():
                raise failures.timed_out(self._title) from None
            raise

    def _ranking_cost(self, litellm: Any, usage: Usage, units: Mapping[str, Any]) -> float | None:
        """US dollars by LiteLLM's list, which knows a price a token or one a search."""
        try:
            known = litellm.get_model_info(model=self._model, custom_llm_provider=self._provider)
        except Exception:  # it raises a bare Exception for a model that it does not know
            return None
        if known.get("input_cost_per_query"):
            return known["input_cost_per_query"] * (units.get("search_units") or 1)
        each = known.get("input_cost_per_token")
        return each * usage.prompt_tokens if each else None

    def _check(self) -> None:
        if self._provider not in {*PROVIDERS, *EMBEDDERS, *RERANKERS}:
            raise NodeError(
                "model_missing",
                f"The provider {self._provider!r} of the model {self._title!r} is not supported.",
                hint="Choose one of: " + ", ".join(sorted({*PROVIDERS, *EMBEDDERS, *RERANKERS})) + ".",
            )
        if not self._has_key():  # LiteLLM would look for one in the environment, where another's may lie
            raise NodeError(
                "model_auth", f"The model {self._title!r} has no key.", hint="Enter the key under Models."
            )

    def _is_blind(self, litellm: Any) -> bool:
        """Whether LiteLLM's list says that the model sees no pictures.

        Where the list says nothing, the provider is asked and its refusal heard; but some have pictures
        taken out of what is sent, and there only a model that the list knows to see is asked.
        """
        place = {"model": self._model, "custom_llm_provider": self._provider}
        if self._provider in _LEAVES_PICTURES_OUT:
            return not litellm.supports_vision(**place)
        try:
            return litellm.get_model_info(**place).get("supports_vision") is False
        except Exception:  # it raises a bare Exception for a model that it does not know
            return False

    def _has_key(self) -> bool:
        if self._provider == "bedrock":
            return all(self._options.get(name) for name in ("aws_access_key_id", "aws_secret_access_key"))
        return bool(self._key) or self._provider in _NEEDS_NO_KEY

    def _place(self) -> dict[str, Any]:
        """Who is asked, with which key, how patiently, and once."""
        return {
            "model": self._model,
            "custom_llm_provider": self._provider,
            "api_key": self._key or None,
            "api_base": self._base_url or None,
            **self._options,
            "timeout": self._timeout_s,
            "num_retries": 0,
            "max_retries": 0,
        }

    def _embedding_arguments(self, texts: list[str], kind: EmbedKind) -> dict[str, Any]:
        arguments = {**self._place(), "input": texts}
        if self._provider == "cohere":
            arguments["input_type"] = "search_query" if kind == "query" else "search_document"
        return {name: value for name, value in arguments.items() if value is not None}

    def _arguments(self, request: ChatRequest) -> dict[str, Any]:
        """Everything that reaches LiteLLM. Nothing a user typed can add a parameter."""
        arguments: dict[str, Any] = {
            **self._place(),
            **tool_settings(request),
            # Offered tools would else load its MCP gateway, which wants a library that is not here.
            "_skip_mcp_handler": True if request.tools else None,
            "messages": [message_json(message) for message in request.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": request.temperature,
            "top_p": request.top_p,
            "max_tokens": request.max_tokens,
            "seed": request.seed,
            "stop": list(request.stop) or None,
            "response_format": None if request.schema is None else response_format(request),
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def _priced(self, litellm: Any, usage: Usage) -> Usage:
        """The usage with its cost in US dollars, from LiteLLM's price list in the package."""
        try:
            prompt, completion = litellm.cost_per_token(
                model=self._model,
                custom_llm_provider=self._provider,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
            )
        except Exception:  # it raises a bare Exception for a model without a price
            return usage
        return Usage(usage.prompt_tokens, usage.completion_tokens, prompt + completion)

    def _failure(self, litellm: Any, error: Exception, call: Call, *, with_images: bool = False) -> NodeError:
        return failure_of(
            litellm,
            error,
            call,
            title=self._title,
            provider=self._provider,
            secret=self._key or self._options.get("aws_secret_access_key", ""),
            with_images=with_images,
        )


def _usage(event: Any) -> Usage | None:
    usage = getattr(event, "usage", None)
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    return Usage(usage.prompt_tokens or 0, usage.completion_tokens or 0)


def _said(event: Any) -> tuple[str, str, str | None]:
    """Text, reasoning and finish of a chunk."""
    if not event.choices:
        return "", "", None
    choice = event.choices[0]
    reasoning = getattr(choice.delta, "reasoning_content", None)
    return choice.delta.content or "", reasoning or "", choice.finish_reason


def _calls(event: Any) -> list[Any]:
    """What a chunk adds to tool calls, as OpenAI's JSON."""
    if not event.choices:
        return []
    found = getattr(event.choices[0].delta, "tool_calls", None) or []
    return [one if isinstance(one, dict) else one.model_dump() for one in found]


_A_THOUSAND = 1_000


async def price_of(provider: str, model: str) -> Price | None:
    """What a token of a model costs by LiteLLM's price list; None where the list does not say, or says what
    a search costs."""
    litellm = await litellm_library()
    try:
        if litellm.get_model_info(model=model, custom_llm_provider=provider).get("input_cost_per_query"):
            return None
        prompt, completion = litellm.cost_per_token(
            model=model,
            custom_llm_provider=provider,
            prompt_tokens=_A_THOUSAND,
            completion_tokens=_A_THOUSAND,
        )
    except Exception:  # it raises a bare Exception for a model without a price
        return None
    return Price(prompt / _A_THOUSAND, completion / _A_THOUSAND)
