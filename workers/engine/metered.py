"""The AI models as a running node reaches them: every call is counted."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Models, Usage, Vectors


class MeteredModels:
    """Models that count what is used. A call that breaks off counts with what it had reported."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._done = Usage()
        self._open: dict[int, Usage] = {}
        self._calls = 0

    @property
    def usage(self) -> Usage:
        return sum(self._open.values(), self._done)

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self._calls += 1
        call = self._calls
        stream = self._models.chat(request)
        try:
            async for chunk in stream:
                if chunk.usage is not None:
                    self._open[call] = chunk.usage  # providers report the sum of the call so far
                yield chunk
        finally:
            self._done += self._open.pop(call, Usage())
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()  # now, not when it is collected: it holds a connection

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        vectors = await self._models.embed(texts, model=model, kind=kind)
        self._done += vectors.usage
        return vectors

    async def which(self, model: str = "") -> str:
        return await self._models.which(model)
