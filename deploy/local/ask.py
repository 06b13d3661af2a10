"""Asks a published app one question over HTTP, the way its chat page does, and reads the streamed answer."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from console import Stop


def ask(address: str, slug: str, question: str, timeout_s: float = 120) -> str:
    """The whole answer of the app at `/c/<slug>`. Raises Stop when there is none."""
    request = urllib.request.Request(
        f"{address}/c/{slug}/runs",
        data=json.dumps({"query": question}).encode(),
        headers={"Content-Type": "application/json", "Origin": address, "Accept": "text/event-stream"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as stream:
            run = _last_run(stream)
    except urllib.error.HTTPError as refused:
        raise Stop(
            f"The sample app refused the question: {refused.read().decode(errors='replace')[:500]}"
        ) from None
    except OSError as lost:
        raise Stop(f"The sample app did not answer: {lost}") from None
    if run.get("status") != "succeeded":
        error = run.get("error") or {}
        raise Stop(f"The sample app could not answer: {error.get('message', run.get('status', 'no reply'))}")
    return str(run["answer"]).strip()


def _last_run(stream: object) -> dict[str, object]:
    event = ""
    for raw in stream:  # type: ignore[attr-defined] - the response of urlopen is a file of lines
        line = raw.decode().rstrip("\n")
        if line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:") and event == "end":
            return json.loads(line[5:])
    return {}
