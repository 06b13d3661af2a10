"""A web service with a description: fetches that, and sends the requests that were approved of it."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Mapping
from typing import Final

from yarl import URL

from backend.tools.definitions import Definition
from backend.tools.models import SourceAuth, SourceTool, ToolSource
from backend.tools.openapi import LARGEST_TEXT, Unreadable, described
from nodes.sdk.errors import NodeError
from nodes.sdk.http import HttpResponse, SecretUse
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.keyed_http import HEADER, LOOKS
from nodes.sdk.tool_sources import MadeFile, SourceCall, ToolAnswer
from nodes.sdk.values import Json
from nodes.sdk.web_answers import is_json, require_success, text_of
from workers.outgoing import HttpWithSecrets
from workers.outgoing.http import NoAnswer
from workers.tools.kinds import Looked
from workers.tools.openapi_request import request_of

_FETCH_S: Final = 45.0
_TEXTS: Final = ("text/", "application/xml", "application/x-ndjson", "application/javascript")
_KEY_HINT: Final = (
    "Choose another secret for this source under Tools, or look at the service what its key may do."
)


class OpenApiTalk:
    """The `Talk` of this kind. There is no session: each call is a request."""

    def __init__(self, source: ToolSource, http: HttpWithSecrets) -> None:
        self._source, self._http = source, http

    async def look(self) -> Looked:
        """Fetches the description, without a key: that is for the service, wherever this may be."""
        address = self._source.address
        try:
            response = await self._http.request(
                "GET",
                address,
                headers={"Accept": "application/json, application/yaml;q=0.9, */*;q=0.8"},
                timeout_s=_FETCH_S,
                max_bytes=LARGEST_TEXT,
            )
        except NodeError as error:
            if error.code != "answer_too_large":
                raise
            raise NodeError(
                "openapi_too_large",
                f"The description is larger than {LARGEST_TEXT // 1_000_000} MB.",
                "Paste the part of it that you need.",
            ) from None
        require_success(response, URL(address).host or address)
        try:
            found = await asyncio.to_thread(described, text_of(response), address)
        except Unreadable as fault:
            raise NodeError(fault.code, fault.message, fault.hint) from None
        return Looked(found.tools, found.notices, found.service)

    async def seen(self) -> Mapping[str, Definition] | None:
        """Nothing new: what is sent is what was approved, whatever the description says by now."""
        return None

    async def call(self, tool: SourceTool, call: SourceCall) -> ToolAnswer:
        if not tool.request:
            raise NodeError(
                "tool_missing",
                f"It is not known how to ask {self._source.name!r} for {tool.name!r}.",
                "Give its description anew under Tools.",
            )
        request = request_of(tool.request, call.arguments, self._source.base_address)
        looks = request.method in LOOKS
        headers = {"Accept": "application/json, */*;q=0.8", **request.headers}
        if not looks:
            headers[HEADER] = call.key
        key, second = self._keys()
        try:
            response = await self._http.request(
                request.method,
                request.url,
                headers=headers,
                data=request.data,
                secret=key,
                also=second,
                timeout_s=call.timeout_s,
                max_bytes=call.max_bytes,
            )
        except NoAnswer as error:
            if not looks and not call.may_repeat and error.reason in ("timeout", "broken"):
                raise _unsure(self._source.name, tool.name) from None
            raise
        try:
            require_success(response, URL(request.url).host or self._source.name)
        except NodeError as error:
            if error.code in ("http_401", "http_403"):
                error.hint = self._missing_key() or _KEY_HINT
            raise
        return _answer(response, request.url)

    async def close(self) -> None:
        """Holds nothing."""

    def _keys(self) -> tuple[SecretUse | None, SecretUse | None]:
        """What says who is asking: one secret of the workspace, or two."""
        source, second = self._source, self._source.second
        if source.auth != SourceAuth.WITH_SECRET:
            return None, None
        first = SecretUse(source.secret, source.secret_place or "bearer", source.secret_field)  # pyright: ignore[reportArgumentType]
        return first, None if second is None else SecretUse(
            second["secret"], second["place"], second["field"]
        )

    def _missing_key(self) -> str:
        """What may be wrong where the service asks for two keys at the same time and has not got both."""
        service = self._source.service or {}
        if self._source.second is not None or not service.get("pairs"):
            return ""
        names = " and ".join(repr(service["keys"][at]["name"]) for at in service["pairs"][0])
        return f"The service may ask for {names} at the same time. Choose both for this source under Tools."


def _answer(response: HttpResponse, url: str) -> ToolAnswer:
    """What a service gave: data, text, or a file where it is neither."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not response.body or not kind or is_json(response) or kind.startswith(_TEXTS) or "xml" in kind:
        text = text_of(response)
        return ToolAnswer(text, _data_in(text) if is_json(response) else None)
    ending = mimetypes.guess_extension(kind) or ".bin"
    name = URL(url).path.rstrip("/").rpartition("/")[2][:150] or "answer"
    return ToolAnswer("", None, [MadeFile(name if "." in name else name + ending, response.body)])


def _data_in(text: str) -> Json:
    try:
        return data_of(text)
    except NotData:
        return None


def _unsure(source: str, tool: str) -> NodeError:
    return NodeError(
        "tool_unsure",
        f"The connection to {source!r} broke while {tool!r} was at work, so it may have been done or not.",
        "Look there before you do it again.",
    )
