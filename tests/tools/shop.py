"""An MCP server in a thread, whose tools a test changes, and which remembers what it was asked to do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIND = {
    "name": "find_order",
    "title": "Find an order",
    "description": "Says where an order is.",
    "inputSchema": {
        "type": "object",
        "properties": {"number": {"type": "string", "description": "Its number"}},
        "required": ["number"],
    },
    "annotations": {"readOnlyHint": True},
}
REFUND = {"name": "refund", "description": "Pays an order back.", "inputSchema": FIND["inputSchema"]}


class Shop:
    """`tools` are what it lists, `done` what it was asked to do: (tool, arguments, headers)."""

    def __init__(self) -> None:
        self.tools: list[dict[str, Any]] = [FIND, REFUND]
        self.done: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.ended: list[str] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                result = shop.answer(said, headers)
                body = b"" if result is None else json.dumps(result).encode()
                self.send_response(202 if result is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Mcp-Session-Id", "session-1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_DELETE(self) -> None:
                shop.ended.append(self.headers.get("Mcp-Session-Id", ""))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.place}/mcp"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, said: dict[str, Any], headers: dict[str, str]) -> dict[str, Any] | None:
        """What comes back for a message; None for what has no answer."""
        if "id" not in said:
            return None
        return {"jsonrpc": "2.0", "id": said["id"], "result": self._result(said, headers)}

    def _result(self, said: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        if said["method"] == "initialize":
            return {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "Shop"}}
        if said["method"] == "tools/list":
            return {"tools": self.tools}
        given = said["params"]["arguments"]
        self.done.append((said["params"]["name"], given, headers))
        text = f"Order {given['number']} is on its way."
        return {"content": [{"type": "text", "text": text}], "structuredContent": {"status": "sent"}}

    def close(self) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def shopping() -> Iterator[Shop]:
    """One for as long as it is wanted."""
    shop = Shop()
    try:
        yield shop
    finally:
        shop.close()
