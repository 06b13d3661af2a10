"""Speaks HTTP without any client library: what is tested is what comes over the wire."""

import json
import urllib.request


def send(stack, path, body=None, **headers):
    """The answer to a request as our own page or a program would send it."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{stack.url}{path}", data, {"Content-Type": "application/json", "Origin": stack.url, **headers}
    )
    return urllib.request.urlopen(request, timeout=60)


def events_of(response):
    """(event, data, id) of a stream of server-sent events, one by one."""
    event = {}
    for raw in response:
        line = raw.decode().rstrip("\n")
        if not line and event:
            yield event["event"], json.loads(event["data"]), event.get("id")
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def folded(events):
    """What a reader of answer events ends up with, and the last event."""
    answer, last = "", None
    for kind, data, _ in events:
        if kind == "answer":
            answer = answer[: data["offset"]] + data["text"]
        last = (kind, data)
    return answer, last
