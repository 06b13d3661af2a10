"""A model server with set timings that speaks OpenAI's protocol: python -m bench.fake_model --port N

The model's name says how it answers: `fake-t200-i20-n50` sends its first token after 200 ms and then one
each 20 ms, 50 in all. Its clock is absolute, so its own delay never adds up. One process, one thread,
little work for each token: what is measured is the system before it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

import httptools
import uvloop

_TIMING = re.compile(r"-([tin])(\d+(?:\.\d+)?)")
_WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "seven", "calm", "engineers", "who", "measure")


@dataclass(frozen=True)
class Timing:
    """Seconds to the first token, seconds between tokens, and how many there are."""

    first_s: float = 0.0
    between_s: float = 0.0
    tokens: int = 10

    @classmethod
    def of(cls, model: str) -> Timing:
        """The timing that a model's name asks for."""
        said = {key: float(value) for key, value in _TIMING.findall(model)}
        return cls(said.get("t", 0) / 1000, said.get("i", 0) / 1000, int(said.get("n", 10)))


class Server(asyncio.Protocol):
    """One connection, kept open for one request after another."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._body: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_message_begin(self) -> None:
        self._body = []

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)

    def on_message_complete(self) -> None:
        asked = json.loads(b"".join(self._body) or b"{}")
        model = str(asked.get("model", "fake"))
        timing = Timing.of(model)
        if asked.get("stream"):
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            )
            begin = self._loop.time() + timing.first_s
            self._timer = self._loop.call_at(begin, self._say, model, timing, begin, 0)
        else:
            self._timer = self._loop.call_later(timing.first_s, self._answer, model, timing)

    def _say(self, model: str, timing: Timing, begin: float, said: int) -> None:
        if self._transport is None:
            return
        while said < timing.tokens:
            self._event(model, [{"index": 0, "delta": {"content": _word(said)}, "finish_reason": None}])
            said += 1
            if timing.between_s and said < timing.tokens:
                at = begin + said * timing.between_s
                self._timer = self._loop.call_at(at, self._say, model, timing, begin, said)
                return
        self._event(model, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
        self._event(model, [], usage=_usage(timing.tokens))
        self._chunk(b"data: [DONE]\n\n")
        self._transport.write(b"0\r\n\r\n")

    def _event(self, model: str, choices: list[Any], **more: Any) -> None:
        event = {"id": "fake", "object": "chat.completion.chunk", "created": 0, "model": model}
        self._chunk(b"data: " + json.dumps({**event, "choices": choices, **more}).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self._transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _answer(self, model: str, timing: Timing) -> None:
        if self._transport is None:
            return
        text = "".join(_word(i) for i in range(timing.tokens)).strip()
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }
        answer = {"id": "fake", "object": "chat.completion", "created": 0, "model": model}
        body = json.dumps({**answer, "choices": [choice], "usage": _usage(timing.tokens)}).encode()
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        self._transport.write(f"{head}{len(body)}\r\n\r\n".encode() + body)


def _word(i: int) -> str:
    return _WORDS[i % len(_WORDS)] + " "


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 8, "completion_tokens": tokens, "total_tokens": 8 + tokens}


async def serve(port: int) -> None:
    """Serves on the loopback address until it is stopped."""
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    uvloop.run(serve(arguments.parse_args().port))
