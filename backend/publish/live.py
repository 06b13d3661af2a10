"""A run's public stream as server-sent events, with its end as this reader may see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from django.http.response import HttpResponseBase

from backend.accounts.strict_json import Json
from backend.runs.models import Run
from backend.runs.public import SseEvent, public_events
from backend.runs.sse import sse_response

Seen = Callable[[Mapping[str, Json]], Mapping[str, Json]]


def event_stream(run: Run, last_event_id: str | None, seen: Seen) -> HttpResponseBase:
    """The run from after `last_event_id`, live, to its end; `seen` says what of the ended run is shown."""
    return sse_response(_events(run, last_event_id, seen))


async def _events(run: Run, last_event_id: str | None, seen: Seen) -> AsyncIterator[SseEvent]:
    async with aclosing(public_events(run, last_event_id)) as events:
        async for event in events:
            yield replace(event, data=dict(seen(event.data))) if event.event == "end" else event
