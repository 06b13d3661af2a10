"""Somebody's website: pages of another origin, with styles that reach for everything and a strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STYLE = """
* { font: italic 30px serif; letter-spacing: 3px; text-transform: uppercase; box-sizing: content-box; }
button { display: none; }
dialog { width: 12px !important; opacity: 0; }
iframe { width: 12px !important; height: 12px !important; border: 9px solid red; }
svg { display: none; }
treadle-chat { display: none; position: static; transform: scale(0.1); opacity: 0; }
p { color: rgb(1, 2, 3); }
"""
"""What would spoil the button if it could; and what the button must not spoil."""

PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title><link rel="stylesheet" href="/style.css">{script}</head>
<body><h1>Shoes</h1><p>We sell <em>shoes</em>.</p><a href="/contact">Contact</a></body>
</html>
"""


class Website:
    """`/` has a button of `line`, `/contact` too, `/plain` has none, and `/zh` is in Chinese."""

    def __init__(self, port: int, chat: str) -> None:
        self.address = f"http://localhost:{port}"
        self.line = ""
        self.policy = f"default-src 'none'; style-src 'self'; script-src {chat}; frame-src {chat}"

    def page(self, path: str) -> str:
        """The page at `path`."""
        script = "" if path == "/plain" else self.line
        return PAGE.format(language="zh-CN" if path == "/zh" else "en", script=script)


@contextmanager
def website(chat: str) -> Iterator[Website]:
    """One for as long as it is wanted, whose policy lets in scripts and frames of `chat` alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    site = Website(server.server_address[1], chat)

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_style = self.path == "/style.css"
            body = (STYLE if is_style else site.page(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if is_style else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", site.policy)
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server.RequestHandlerClass = Answering
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
