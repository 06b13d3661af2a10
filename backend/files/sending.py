"""A stored file on its way to a person: to be saved, and never a page of ours."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Final

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from backend.accounts.errors import not_found
from backend.accounts.headers import IMAGE_POLICY
from backend.files.models import UploadedFile
from backend.knowledge.storage import open_file
from nodes.sdk.file_types import ENDINGS

_PIECE: Final = 256 * 1024
ANYTHING: Final = "application/octet-stream"


def file_response(row: UploadedFile) -> StreamingHttpResponse:
    """The file, piece by piece. Raises ApiError 404 when it is gone from the disk.

    Only a picture or a sound that its content shows to be one has a type of its own, so that a page may show
    or play it; all else is bytes. Whoever opens the address by itself saves it: what somebody put into it
    runs nowhere.
    """
    try:
        open_file(row.workspace_id, row.file).close()
    except FileNotFoundError:
        raise not_found("This file") from None
    return StreamingHttpResponse(
        _pieces(row.workspace_id, row.file),
        content_type=row.mime if row.mime in ENDINGS else ANYTHING,
        headers={
            "Content-Disposition": content_disposition_header(True, row.name) or "attachment",
            "Content-Length": str(row.size_bytes),
            "Content-Security-Policy": IMAGE_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


async def _pieces(workspace_id: uuid.UUID, name: str) -> AsyncGenerator[bytes]:
    with await asyncio.to_thread(open_file, workspace_id, name) as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
