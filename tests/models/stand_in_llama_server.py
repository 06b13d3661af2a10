"""A program that is started and speaks as `llama-server` does, with nothing behind it.

It notes how it was started and what it is asked in the folder of its model file. The last message says what
it does: "die" ends it in the middle of the answer, "go on" has no end, anything else is said back.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

GIVEN = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
MODEL = Path(GIVEN["--model"])
KEY = os.environ["LLAMA_API_KEY"]
OPEN: set[int] = set()


def note(name: str, value: object) -> None:
    with (MODEL.parent / name).open("a") as file:
        file.write(json.dumps(value) + "\n")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slots" and not self.may_ask():
            return
        self.answer(200, [{"id": n} for n in list(OPEN)] if self.path == "/slots" else {"status": "ok"})

    def do_POST(self) -> None:
        if not self.may_ask():
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        note("asked", body)
        asked = body["messages"][-1]["content"]
        if asked == "too long":
            error = {"type": "exceed_context_size_error", "message": "too long"}
            return self.answer(400, {"error": error})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        OPEN.add(id(self))
        self.say({"choices": [{"delta": {"content": f"You said {asked}."}}]})
        if asked == "die":
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            while asked == "go on":
                time.sleep(0.02)
                self.say({"choices": [{"delta": {"content": " more"}}]})
        except OSError:
            return
        finally:
            OPEN.discard(id(self))
        usage = {"prompt_tokens": 3, "completion_tokens": 4}
        self.say({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.say({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def may_ask(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {KEY}":
            return True
        self.answer(401, {"error": {"message": "Invalid API Key"}})
        return False

    def say(self, event: object) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    note("started", {"pid": os.getpid(), "arguments": sys.argv[1:], "environment": dict(os.environ)})
    if MODEL.read_text() != "a model":
        sys.exit("error: failed to load model")
    ThreadingHTTPServer((GIVEN["--host"], int(GIVEN["--port"])), Handler).serve_forever()
