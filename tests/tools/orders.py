"""A web service with a description, in a thread; it remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIND: dict[str, Any] = {
    "operationId": "find_order",
    "summary": "Find an order",
    "description": "Says where an order is.",
    "parameters": [
        {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "with", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
    ],
    "responses": {"200": {"description": "The order"}},
}
REFUND: dict[str, Any] = {
    "operationId": "refund",
    "summary": "Pay an order back",
    "parameters": [{"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refund"}}},
    },
    "responses": {"200": {"description": "Done"}},
}
LABEL = {"operationId": "label", "summary": "The label of an order", "responses": {}}


def description(server: str, **changed: Any) -> dict[str, Any]:
    """The description of the service; `changed` are operations by their ids."""
    operations = {"find_order": FIND, "refund": REFUND, "label": LABEL, **changed}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "7"},
        "servers": [{"url": server}],
        "paths": {
            "/orders/{number}": {"get": operations["find_order"]},
            "/orders/{number}/refund": {"post": operations["refund"]},
            "/label": {"get": operations["label"]},
        },
        "components": {
            "schemas": {
                "Refund": {
                    "type": "object",
                    "properties": {"amount": {"type": "number"}, "reason": {"type": "string"}},
                    "required": ["amount"],
                }
            },
            "securitySchemes": {
                "shop_key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"},
                "account": {"type": "oauth2", "flows": {}},
            },
        },
    }


class Orders:
    """`described` is its description as a text, `asked` what it was asked: method, target, headers, body."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.breaks_off = False
        self.refuses = False
        orders = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                orders.answer(self)

            def do_POST(self) -> None:
                orders.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        self.base = f"http://{self.place}/v1"
        self.url = f"http://{self.place}/openapi.json"
        self.described = json.dumps(description("/v1"))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, asking: BaseHTTPRequestHandler) -> None:
        """Notes what is asked, and answers it."""
        headers = {name.lower(): value for name, value in asking.headers.items()}
        body = asking.rfile.read(int(headers.get("content-length", 0)))
        if asking.path != "/openapi.json":
            self.asked.append((asking.command, asking.path, headers, body))
        if self.breaks_off and asking.path != "/openapi.json":
            asking.close_connection = True
            asking.connection.close()
            return
        status, kind, said = self._said(asking.path, headers)
        asking.send_response(status)
        asking.send_header("Content-Type", kind)
        asking.send_header("Content-Length", str(len(said)))
        asking.end_headers()
        asking.wfile.write(said)

    def _said(self, path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        if path == "/openapi.json":
            return 200, "application/json", self.described.encode()
        if self.refuses:
            return 401, "text/plain", b"Who is asking?"
        if path == "/v1/label":
            return 200, "image/png", b"\x89PNG label"
        if path.endswith("/refund"):
            return 200, "application/json", b'{"status": "paid back"}'
        if path.startswith("/v1/orders/"):
            said = {"status": "sent", "asked_with": headers.get("x-shop-key", "nothing")}
            return 200, "application/json", json.dumps(said).encode()
        return 404, "text/plain", b"There is no such thing."

    def close(self) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def selling_orders() -> Iterator[Orders]:
    """One for as long as it is wanted."""
    orders = Orders()
    try:
        yield orders
    finally:
        orders.close()
