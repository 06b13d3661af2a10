"""Hearing, speaking and drawing by every other provider, through LiteLLM as a library."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from nodes.sdk.errors import NodeError
from nodes.sdk.file_types import ENDINGS
from nodes.sdk.models import Made, MediaTask, Price, Recording, Transcript, Usage
from workers.models import failures
from workers.models.litellm_failures import failure_of, refused_by_us
from workers.models.litellm_setup import Call, litellm_library
from workers.models.media import (
    TIMEOUT_S,
    USUAL_VOICE,
    cannot_do,
    counted,
    minutes_of,
    picture_of,
    sound_of,
)
from workers.models.openai_media import picture_in
from workers.outgoing.http import GuardedHttp

T = TypeVar("T")

# Families whose every such request was seen to pass the guard (tests/models/test_litellm_media.py). For
# Gemini's and DashScope's pictures LiteLLM makes blocking requests, which are stopped.
MEDIA: Final[dict[MediaTask, tuple[str, ...]]] = {
    "transcription": ("azure", "groq", "mistral", "openai"),
    "speech": ("azure", "groq", "openai"),
    "image": ("azure", "openai", "together_ai", "xai"),
}
OPTIONS: Final = ("api_version",)
"""What a connection may tell LiteLLM besides a key and an address."""


class LiteLLMMedia:
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
        self._options = {name: value for name, value in (options or {}).items() if name in OPTIONS}
        self._title = title or model
        self._timeout_s = timeout_s

    async def transcribe(self, recording: Recording, *, language: str) -> Transcript:
        def ask(litellm: Any, place: dict[str, Any]) -> Awaitable[Any]:
            file = (f"recording.{ENDINGS.get(recording.mime, 'bin')}", recording.content, recording.mime)
            more = {"language": language} if language else {}
            return litellm.atranscription(file=file, response_format="json", **more, **place)

        async def read(answer: Any) -> Transcript:
            said = answer.model_dump()
            if not isinstance(text := said.get("text"), str):
                raise ValueError("no text")
            usage = said.get("usage")
            seconds = usage.get("seconds") if isinstance(usage, dict) else said.get("duration")
            minutes = minutes_of(seconds, recording)
            return Transcript(text.strip(), self._title, counted(usage, written=text), minutes)

        found = await self._asked("transcription", ask, read)
        return replace(found, usage=await self._priced("transcription", found.usage, found.units))

    async def speak(self, text: str, *, voice: str) -> Made:
        def ask(litellm: Any, place: dict[str, Any]) -> Awaitable[Any]:
            return litellm.aspeech(input=text, voice=voice or USUAL_VOICE, response_format="mp3", **place)

        async def read(answer: Any) -> Made:
            content: bytes = answer.content
            mime = sound_of(content)
            return Made(mime, content, self._title, counted(None, read=text), len(text) / 1_000_000)

        made = await self._asked("speech", ask, read)
        return replace(made, usage=await self._priced("speech", made.usage, made.units))

    async def draw(self, words: str, *, size: str) -> Made:
        def ask(litellm: Any, place: dict[str, Any]) -> Awaitable[Any]:
            more = {"size": size} if size else {}
            return litellm.aimage_generation(prompt=words, n=1, **more, **place)

        async def read(answer: Any) -> Made:
            said = answer.model_dump()
            pictures = said.get("data")
            one = pictures[0] if isinstance(pictures, list) and pictures else None
            content = await picture_in(one, self._http, self._title, "")
            usage = counted(said.get("usage"), read=words)
            return Made(picture_of(content), content, self._title, usage, 1.0)

        made = await self._asked("image", ask, read)
        return replace(made, usage=await self._priced("image", made.usage, made.units))

    async def _asked(
        self,
        task: MediaTask,
        ask: Callable[[Any, dict[str, Any]], Awaitable[Any]],
        read: Callable[[Any], Awaitable[T]],
    ) -> T:
        """What `read` makes of the answer. A ValueError of it says that there is none in there."""
        if self._provider not in MEDIA[task]:
            raise cannot_do(self._title, task)
        if not self._key:  # LiteLLM would look for one in the environment, where another's may lie
            raise NodeError(
                "model_auth", f"The model {self._title!r} has no key.", hint="Enter the key under Models."
            )
        litellm = await litellm_library()
        call = Call(self._http)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await call.run(ask(litellm, self._place()))
                return await read(answer)
        except TimeoutError:
            raise failures.timed_out(self._title) from None
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None
        except Exception as error:
            if call.was_answered and refused_by_us(error) is None:  # LiteLLM or we made nothing of it
                raise failures.senseless(self._title) from None
            if task == "transcription" and call.last is not None and call.last[0] == 413:
                raise failures.sound_too_large(self._title) from None
            raise failure_of(
                litellm, error, call, title=self._title, provider=self._provider, secret=self._key
            ) from None
        finally:
            await call.close()

    def _place(self) -> dict[str, Any]:
        """Who is asked, with which key, how patiently, and once. Nothing a user typed can add to it."""
        place = {
            # Told apart, these calls of LiteLLM do not look at the provider.
            "model": f"{self._provider}/{self._model}",
            "api_key": self._key,
            "api_base": self._base_url or None,
            **self._options,
            "timeout": self._timeout_s,
            "num_retries": 0,
            "max_retries": 0,
        }
        return {name: value for name, value in place.items() if value is not None}

    async def _priced(self, task: MediaTask, usage: Usage, units: float) -> Usage:
        """The usage with its cost in US dollars, as far as LiteLLM's list tells it."""
        price = await media_price_of(self._provider, self._model, task)
        if price is None:
            return usage
        tokens = usage.prompt_tokens * price.prompt + usage.completion_tokens * price.completion
        return replace(usage, cost=tokens + units * price.unit)


async def media_price_of(provider: str, model: str, task: MediaTask) -> Price | None:
    """What such a model costs by LiteLLM's price list; None where the list does not say.

    A price a picture, a second or a character goes before one a token: those tokens are often of other kinds
    than the service counts.
    """
    litellm = await litellm_library()
    try:
        known = litellm.get_model_info(model=model, custom_llm_provider=provider)
    except Exception:  # it raises a bare Exception for a model that it does not know
        return None
    if task == "transcription" and (each := known.get("input_cost_per_second")):
        return Price(unit=each * 60)
    if task == "speech" and (each := known.get("input_cost_per_character")):
        return Price(unit=each * 1_000_000)
    if task == "image":
        if each := known.get("output_cost_per_image") or known.get("input_cost_per_image"):
            return Price(unit=each)
        if each := known.get("output_cost_per_image_token"):
            return Price(known.get("input_cost_per_token") or 0.0, each)
    return None
