"""From a model's id, as it stands in a step, to the backend that answers for it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from nodes.sdk.errors import NodeError
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.models import (
    PRACTICE,
    ChatChunk,
    ChatRequest,
    EmbedKind,
    Made,
    MediaTask,
    Price,
    Ranking,
    Recording,
    Task,
    Transcript,
    Vectors,
)
from nodes.sdk.tokens import estimate_prompt, estimate_ranking, estimate_tokens
from nodes.sdk.usual_models import NONE_COMES_ALONG, none_usual
from workers.models.allowance import Allowance, Call
from workers.models.backend import ModelBackend
from workers.models.embedder import NAME as EMBEDDER
from workers.models.embedder import LocalEmbedder
from workers.models.endless import bounded
from workers.models.guided import GuidedBackend
from workers.models.litellm_backend import LiteLLMBackend, price_of
from workers.models.litellm_media import LiteLLMMedia, media_price_of
from workers.models.local_hosts import LocalHosts
from workers.models.media import MediaBackend, cannot_do
from workers.models.media_calls import SHORT_PATIENCE_S, asked_in_turn
from workers.models.openai_backend import OpenAIBackend
from workers.models.openai_media import OpenAIMedia
from workers.models.rules import ModelRules, RulesOf, no_rules
from workers.models.scripted import ScriptedBackend
from workers.models.standing_in import WHERE_ANOTHER_MAY_DO, with_stand_ins
from workers.outgoing.http import GuardedHttp
from workers.outgoing.local import LocalHttp

_SCRIPTED = "scripted:"
_RANKING_PATIENCE_S = 10.0
"""How long one waits that is to put passages in order: without it there is an order too."""


@dataclass(frozen=True)
class ModelTarget:
    """Where a model is. "practice" and "embedder" need nothing else; the key is decrypted and never shown.

    `provider` is a name that LiteLLM knows; `base_url` is needed for "openai_compatible" and may be empty
    for "litellm", which then knows the provider's address. `options` are what else a provider needs. For
    "local", `model` is a key of the file and `base_url` its path.
    """

    kind: Literal["practice", "embedder", "local", "litellm", "openai_compatible"]
    model: str = ""
    id: str = ""
    provider: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


Lookup = Callable[[str, str, Task], Awaitable[ModelTarget | None]]
"""Workspace id and model id to its target; None if there is none. "" asks for the workspace's default."""


async def no_connections(workspace_id: str, model_id: str, task: Task) -> ModelTarget | None:
    """The lookup of an installation without connections: there are the two that come with it."""
    return None


class Router:
    """All models of an installation. `for_workspace(id)` is the `Models` that a run's nodes get.

    One for a worker process: it holds the open connections, and `close()` ends those of the running loop.
    """

    def __init__(
        self,
        lookup: Lookup = no_connections,
        *,
        http: GuardedHttp | None = None,
        practice: str = "",
        scripted: ModelBackend | None = None,
        embedder: ModelBackend | None = None,
        hosts: LocalHosts | None = None,
        rules_of: RulesOf = no_rules,
        allowance: Allowance | None = None,
    ) -> None:
        self._lookup = lookup
        self._rules_of = rules_of
        self._allowance = allowance
        self._http = http or GuardedHttp()
        self._scripted = scripted
        self._practice_door = LocalHttp(practice) if practice else None
        self._embedder = embedder or LocalEmbedder()
        self._hosts = hosts

    @classmethod
    def from_env(
        cls,
        lookup: Lookup = no_connections,
        *,
        http: GuardedHttp | None = None,
        hosts: LocalHosts | None = None,
        rules_of: RulesOf = no_rules,
        allowance: Allowance | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> Router:
        """Reads TREADLE_MODEL_HOST and TREADLE_MODELS=scripted:FILE. Raises ValueError for another form."""
        chosen = env.get("TREADLE_MODELS", "")
        if chosen and not chosen.startswith(_SCRIPTED):
            raise ValueError(f"TREADLE_MODELS is {chosen!r}; it can only be scripted:FILE.")
        scripted = ScriptedBackend.from_file(chosen.removeprefix(_SCRIPTED)) if chosen else None
        practice = env.get("TREADLE_MODEL_HOST", "")
        return cls(
            lookup,
            http=http,
            practice=practice,
            scripted=scripted,
            hosts=hosts,
            rules_of=rules_of,
            allowance=allowance,
        )

    def for_workspace(self, workspace_id: str) -> WorkspaceModels:
        return WorkspaceModels(self, workspace_id)

    async def backend(self, workspace_id: str, model_id: str, task: Task = "chat") -> ModelBackend:
        """The backend of a model. Raises NodeError model_missing when the id means nothing here."""
        return (await self.found(workspace_id, model_id, task))[1]

    async def found(self, workspace_id: str, model_id: str, task: Task = "chat") -> tuple[str, ModelBackend]:
        """A model's own id and its backend; "" asks for the default. Raises NodeError model_missing."""
        if self._scripted is not None:
            return model_id or "scripted", self._scripted
        ours = model_id in (PRACTICE, EMBEDDER)
        target = None if ours else await self._lookup(workspace_id, model_id, task)
        if target is None and model_id and not ours:
            raise _not_set_up(model_id)
        if target is None and task in NONE_COMES_ALONG and not model_id:
            raise none_usual(task)
        if target is None:
            wants_vectors = model_id == EMBEDDER or (not model_id and task == "embedding")
            return (EMBEDDER, self._embedder) if wants_vectors else (PRACTICE, self._practice())
        return target.id or model_id or target.model, await self._at(target, model_id or target.model)

    async def media(
        self, workspace_id: str, model_id: str, task: MediaTask
    ) -> tuple[str, MediaBackend, ModelRules]:
        """A model that hears, speaks or draws, with its own id and rules; "" asks for the default.

        Raises NodeError model_missing, or model_bad_request for one that runs here: none of those does.
        """
        if self._scripted is not None:
            own = model_id or "scripted"
            return own, MediaByScript(), await self.rules(workspace_id, own)
        ours = model_id in (PRACTICE, EMBEDDER)
        target = None if ours else await self._lookup(workspace_id, model_id, task)
        if target is None:
            raise (
                cannot_do(model_id, task) if ours else _not_set_up(model_id) if model_id else none_usual(task)
            )
        own, title = target.id or model_id or target.model, model_id or target.model
        rules = await self.rules(workspace_id, own)
        if target.kind == "litellm":
            backend: MediaBackend = LiteLLMMedia(
                self._http,
                target.provider,
                target.model,
                api_key=target.api_key,
                base_url=target.base_url,
                options=target.options,
                title=title,
            )
            return own, backend, rules
        if target.kind == "openai_compatible":
            door = self._http
            backend = OpenAIMedia(door, target.base_url, target.model, api_key=target.api_key, title=title)
            return own, backend, rules
        raise cannot_do(own, task)

    async def _at(self, target: ModelTarget, title: str) -> ModelBackend:
        if target.kind == "practice":
            return self._practice()
        if target.kind == "embedder":
            return self._embedder
        if target.kind == "local":
            return await self._file(target)
        if target.kind == "litellm":
            return LiteLLMBackend(
                self._http,
                target.provider,
                target.model,
                api_key=target.api_key,
                base_url=target.base_url,
                options=target.options,
                title=title,
            )
        return OpenAIBackend(self._http, target.base_url, target.model, api_key=target.api_key, title=title)

    async def rules(self, workspace_id: str, model_id: str) -> ModelRules:
        """What the workspace says of a model, by the model's own id."""
        return await self._rules_of(workspace_id, model_id)

    @asynccontextmanager
    async def turn(
        self, workspace_id: str, model_id: str, rules: ModelRules, tokens: int, *, patience_s: float | None
    ) -> AsyncIterator[Call]:
        """Waits until a call of about `tokens` tokens may begin. Raises NodeError `model_busy`."""
        if self._allowance is None or rules.limits.is_free:
            yield Call(tokens)
            return
        held = self._allowance.call(workspace_id, model_id, rules.limits, tokens, patience_s=patience_s)
        async with held as call:
            yield call

    async def which(self, workspace_id: str, model_id: str, task: Task = "chat") -> str:
        """The id of the model that `model_id` stands for: "" is the workspace's default for the task."""
        if self._scripted is not None:
            return model_id or "scripted"
        if model_id:
            return model_id
        target = await self._lookup(workspace_id, model_id, task)
        if target is None:
            return _COMES_ALONG.get(task, "")
        return PRACTICE if target.kind == "practice" else target.id or target.model

    async def price(self, workspace_id: str, model_id: str, task: Task = "chat") -> Price | None:
        """What a model costs: what the workspace says, nothing where it runs here, else by LiteLLM's list."""
        own = (await self.rules(workspace_id, await self.which(workspace_id, model_id, task))).price
        if own is not None:
            return own
        if self._scripted is not None:
            return getattr(self._scripted, "price", None)
        if model_id in (PRACTICE, EMBEDDER):
            return Price()
        target = await self._lookup(workspace_id, model_id, task)
        if target is None or target.kind in ("practice", "embedder", "local"):
            return Price()
        if target.kind != "litellm":
            return None
        if task in ("transcription", "speech", "image"):
            return await media_price_of(target.provider, target.model, task)
        return await price_of(target.provider, target.model)

    async def close(self) -> None:
        """Closes the connections of the running loop, and ends the embedding model's process."""
        await self._http.close()
        if isinstance(self._embedder, LocalEmbedder):
            await self._embedder.close()
        if self._hosts is not None:
            await self._hosts.close()
        if self._practice_door is not None:
            await self._practice_door.close()

    async def _file(self, target: ModelTarget) -> ModelBackend:
        if self._hosts is None:
            raise NodeError(
                "model_missing", "Model files are not served here.", hint="Choose another model in the step."
            )
        door = await self._hosts.door(target.model, Path(target.base_url), target.id)
        model = OpenAIBackend(
            door, "http://localhost/v1", target.id, title=target.id, is_blind=True, tells_place=True
        )
        return GuidedBackend(model, target.id, is_ours=True)

    def _practice(self) -> ModelBackend:
        door = self._practice_door
        if door is None:
            raise NodeError(
                "model_missing",
                "No practice model is running here.",
                hint="Choose another model in the step, or start Treadle with `make up`.",
            )
        base = str(door.base).rstrip("/")
        url = base if base.endswith("/v1") else base + "/v1"
        return GuidedBackend(
            OpenAIBackend(door, url, PRACTICE, is_blind=True, tells_place=True), PRACTICE, is_ours=True
        )


@dataclass(frozen=True)
class WorkspaceModels:
    """The models as one workspace sees them: the SDK's `Models`."""

    router: Router
    workspace_id: str
    guided: bool | None = None
    """How models are asked for tool calls: guided or in their own way; None goes by their rules."""

    def asked(self, *, guided: bool) -> WorkspaceModels:
        """The same models, asked for tool calls in that way. Those of our own hosts are always guided."""
        return replace(self, guided=guided)

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        """The reply, by what the workspace says of the model: its turn, its price, its stand-ins."""
        model_id, backend = await self.router.found(self.workspace_id, request.model)
        rules = await self.router.rules(self.workspace_id, model_id)
        if rules.stand_ins:
            chunks = with_stand_ins(self._ask, request, (request.model, *rules.stand_ins))
        else:
            chunks = self._reply(model_id, backend, rules, request, None)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async def _ask(self, model: str, request: ChatRequest, has_stand_in: bool) -> AsyncIterator[ChatChunk]:
        model_id, backend = await self.router.found(self.workspace_id, model)
        rules = await self.router.rules(self.workspace_id, model_id)
        patience_s = SHORT_PATIENCE_S if has_stand_in else None
        chunks = self._reply(model_id, backend, rules, replace(request, model=model), patience_s)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async def _reply(
        self,
        model_id: str,
        backend: ModelBackend,
        rules: ModelRules,
        request: ChatRequest,
        patience_s: float | None,
    ) -> AsyncIterator[ChatChunk]:
        rules = _as_ours(rules, backend)
        tokens = 0 if rules.limits.is_free else estimate_prompt(request)
        said: list[str] = []
        is_guided = rules.is_guided if self.guided is None else self.guided
        if is_guided and request.tools and not isinstance(backend, GuidedBackend):
            backend = GuidedBackend(backend, model_id, is_ours=False)
        async with self.router.turn(
            self.workspace_id, model_id, rules, tokens, patience_s=patience_s
        ) as call:
            try:
                async with aclosing(bounded(backend.chat(request), model_id)) as chunks:
                    async for chunk in chunks:
                        said.append(chunk.text)
                        if chunk.usage is not None:
                            call.used_tokens = chunk.usage.prompt_tokens + chunk.usage.completion_tokens
                            chunk = replace(chunk, usage=rules.priced(chunk.usage))
                        if chunk.model is not None and request.model:
                            # What the step asked for; services answer with names of their own.
                            chunk = replace(chunk, model=request.model)
                        yield chunk
            finally:
                if call.used_tokens is None:  # broken off: what it wrote till then counts
                    call.used_tokens = tokens + sum(map(estimate_tokens, said))

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        model_id, backend = await self.router.found(self.workspace_id, model, "embedding")
        if not texts:
            return Vectors()
        rules = _as_ours(await self.router.rules(self.workspace_id, model_id), backend)
        tokens = 0 if rules.limits.is_free else sum(map(estimate_tokens, texts))
        async with self.router.turn(self.workspace_id, model_id, rules, tokens, patience_s=None) as call:
            vectors = await backend.embed(texts, kind=kind)
            call.used_tokens = vectors.usage.prompt_tokens
        vectors.usage = rules.priced(vectors.usage)
        if model:
            vectors.model = model
        return vectors

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        """The scores by what the workspace says of the model: its turn, its price, its stand-ins."""
        model_id, _ = await self.router.found(self.workspace_id, model, "rerank")
        if not texts:
            return Ranking(model=model or model_id)
        asked = (model_id, *(await self.router.rules(self.workspace_id, model_id)).stand_ins)
        for place, one in enumerate(asked):
            is_last = place + 1 == len(asked)
            try:
                ranking = await self._rank(one, query, texts, has_stand_in=not is_last)
            except NodeError as error:
                if is_last or error.code not in WHERE_ANOTHER_MAY_DO:
                    raise
            else:
                return replace(ranking, model=model or model_id)
        raise AssertionError("the last model was asked")

    async def _rank(self, model: str, query: str, texts: Sequence[str], *, has_stand_in: bool) -> Ranking:
        model_id, backend = await self.router.found(self.workspace_id, model, "rerank")
        rules = await self.router.rules(self.workspace_id, model_id)
        tokens = 0 if rules.limits.is_free else estimate_ranking(query, texts)
        patience_s = SHORT_PATIENCE_S if has_stand_in else _RANKING_PATIENCE_S
        async with self.router.turn(
            self.workspace_id, model_id, rules, tokens, patience_s=patience_s
        ) as call:
            ranking = await backend.rerank(query, texts)
            call.used_tokens = ranking.usage.prompt_tokens
        return replace(ranking, usage=rules.priced(ranking.usage))

    async def transcribe(self, recording: Recording, *, language: str = "", model: str = "") -> Transcript:
        return await asked_in_turn(
            self.router,
            (self.workspace_id, model, "transcription"),
            lambda backend: backend.transcribe(recording, language=language),
        )

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        return await asked_in_turn(
            self.router,
            (self.workspace_id, model, "speech"),
            lambda backend: backend.speak(text, voice=voice),
            tokens=estimate_tokens(text),
        )

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        return await asked_in_turn(
            self.router,
            (self.workspace_id, model, "image"),
            lambda backend: backend.draw(words, size=size),
            tokens=estimate_tokens(words),
        )

    async def which(self, model: str = "") -> str:
        return await self.router.which(self.workspace_id, model)

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return await self.router.price(self.workspace_id, model, task)


_COMES_ALONG: dict[Task, str] = {"chat": PRACTICE, "embedding": EMBEDDER}


def _not_set_up(model_id: str) -> NodeError:
    return NodeError(
        "model_missing",
        f"The model {model_id!r} is not set up here.",
        hint="Choose another model in the step, or add it under Models.",
    )


def _as_ours(rules: ModelRules, backend: ModelBackend) -> ModelRules:
    """The rules; a model that runs here costs nothing unless the workspace says otherwise."""
    if rules.price is None and isinstance(backend, GuidedBackend) and backend.is_ours:
        return replace(rules, price=Price())
    return rules
