"""A mail server beside a test's workers, which counts what it is handed."""

from __future__ import annotations

import email
import threading
from collections.abc import Iterator
from email.message import Message
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from backend.mail.services import set_server
from tests.runs.stack import Stack, free_port


class Office:
    """A mail server that counts."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.kept: list[Message] = []
        self.lock = threading.Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self.lock:
            self.kept.append(email.message_from_bytes(envelope.content))
        return "250 kept"

    def serve(self, workspace_id: UUID) -> None:
        """Makes it the mail server of a workspace."""
        set_server(
            workspace_id=workspace_id,
            host="127.0.0.1",
            port=self.port,
            security="none",
            username="",
            password=None,
            sender="shop@example.org",
            sender_name="The shop",
        )


@pytest.fixture
def office(stack: Stack) -> Iterator[Office]:
    kept = Office(free_port())
    listening = Controller(kept, hostname="127.0.0.1", port=kept.port)
    listening.start()
    stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = f"127.0.0.1:{kept.port}"
    yield kept
    listening.stop()
