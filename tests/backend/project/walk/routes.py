"""All routes there are, from the server's own descriptions; a new one is walked without being listed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from backend.project.api import api

Json = Any
Key = tuple[str, str]
SCHEMA = api.get_openapi_schema(path_prefix="/api/")
GRAPH = {"nodes": [{"id": "start_1", "type": "start"}], "edges": []}

# What a route with an id in its path is sent: it must fail for who sends it, not for what is sent.
BODIES: dict[Key, dict[str, Json]] = {
    ("patch", "/api/workflows/{workflow_id}"): {"name": "Mine now"},
    ("put", "/api/workflows/{workflow_id}/draft"): {"revision": 1, "graph": GRAPH},
    ("post", "/api/workflows/{workflow_id}/runs"): {"query": "hi"},
    ("post", "/api/runs/{run_id}/fork"): {"from": "start_1"},
    ("put", "/api/workflows/{workflow_id}/pins/{node_id}"): {"output": {"text": "mine"}},
    ("post", "/api/runs/{run_id}/settle"): {"path": "tool_1", "action": "done"},
    ("post", "/api/runs/{run_id}/answer"): {"path": "ask_2", "action": ""},
    ("put", "/api/runs/{run_id}/rating"): {"rating": "bad"},
    ("post", "/api/runs/{run_id}/callback"): {"path": "event_1"},
    ("post", "/api/runs/{run_id}/answer-link"): {"path": "ask_2"},
    ("post", "/api/workflows/{workflow_id}/publish"): {},
    ("patch", "/api/workflows/{workflow_id}/publication"): {"is_enabled": False},
    ("post", "/api/workflows/{workflow_id}/keys"): {"name": "Mine"},
    ("patch", "/api/knowledge/{knowledge_id}"): {"name": "Mine now"},
    ("post", "/api/knowledge/{knowledge_id}/fields"): {"name": "Mine", "kind": "text"},
    ("patch", "/api/knowledge/{knowledge_id}/documents"): {
        "documents": ["00000000-0000-4000-8000-000000000000"],
        "values": {"Team": "Mine"},
    },
    ("post", "/api/knowledge/{knowledge_id}/search"): {"query": "anything"},
    ("patch", "/api/members/{member_id}"): {"role": "viewer"},
    ("patch", "/api/models/connections/{connection_id}"): {"models": ["other"]},
    ("put", "/api/secrets/{secret_id}"): {"value": "mine-from-now-on", "hosts": ["evil.example"]},
    ("post", "/api/tools"): {"name": "Mine", "address": "https://a.example/mcp", "auth": "secret"},
    ("put", "/api/tools/{source_id}"): {"name": "Mine", "auth": "secret", "secret": "Shop"},
    ("put", "/api/tools/{source_id}/description"): {"text": "openapi: 3.1.0"},
    ("put", "/api/tools/{source_id}/choice"): {"tools": []},
    ("post", "/api/tools/{source_id}/sign-in"): {"client_id": "mine"},
    ("patch", "/api/tools/{source_id}/tools/{tool_id}"): {"is_enabled": False},
    ("post", "/api/tools/{source_id}/tools/{tool_id}/approve"): {"digest": "0"},
    ("post", "/api/tools/{source_id}/tools/{tool_id}/try"): {"arguments": {}},
    ("put", "/api/environment/{variable_id}"): {"type": "text", "value": "mine-from-now-on"},
}
# Routes that take files, not JSON: in which field.
UPLOADS = {
    ("post", "/api/knowledge/{knowledge_id}/documents"): "files",
    ("post", "/api/workflows/{workflow_id}/files"): "file",
}
# Names in a path that are nobody's in particular.
SHARED = {"node_type"}


@dataclass(frozen=True)
class Route:
    """One method at one path of the console. `operation` is its description."""

    method: str
    path: str
    operation: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """How the lists here and in the tests name it."""
        return (self.method, self.path)

    @property
    def names(self) -> list[str]:
        """The names between braces in the path."""
        return [part.strip("{}") for part in self.path.split("/") if part.startswith("{")]

    @property
    def takes_body(self) -> bool:
        """Whether something is sent along."""
        return "requestBody" in self.operation

    @property
    def has_ids(self) -> bool:
        """Whether the path names something that belongs to a workspace."""
        return bool(set(self.names) - SHARED)

    @property
    def is_change(self) -> bool:
        """Whether asking for it may change something."""
        return self.method != "get"

    def ask(self, client: Client, ids: Mapping[str, object], body: Json = None) -> Any:
        """The answer for these ids. Fails with what to do when the walk does not know the route."""
        unknown = [name for name in self.names if name not in ids]
        if unknown:
            pytest.fail(f"{self.key} needs {unknown[0]}: make one in world.furnish and return its id.")
        if self.takes_body and self.has_ids and self.key not in {*BODIES, *UPLOADS}:
            pytest.fail(f"{self.key} takes a body: say in BODIES what may be sent.")
        path = self.path.format(**{name: ids[name] for name in self.names})
        if self.method == "get":
            return client.get(path)
        if self.key in UPLOADS:
            return client.post(path, {UPLOADS[self.key]: SimpleUploadedFile("a.txt", b"Hello")})
        sent = BODIES.get(self.key, {}) if body is None else body
        return getattr(client, self.method)(path, sent, content_type="application/json")


def console_routes() -> list[Route]:
    """Every route under /api/."""
    return [
        Route(method, path, operation)
        for path, operations in SCHEMA["paths"].items()
        for method, operation in operations.items()
    ]


ROUTES = console_routes()


def named(routes: list[Route]) -> list[Any]:
    """The routes as pytest's parameters."""
    return [pytest.param(route, id=f"{route.method} {route.path}") for route in routes]


def other_patterns() -> list[str]:
    """Every address outside /api/ as it is written in urls.py."""
    return [path for path in _patterns(get_resolver().url_patterns) if not path.startswith("api/")]


def _patterns(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


def body_fields(route: Route) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The fields of a route's JSON body by their dotted names, however deep."""
    content = route.operation.get("requestBody", {}).get("content", {})
    yield from _fields(content.get("application/json", {}).get("schema", {}), "", set())


def _fields(
    schema: Mapping[str, Any], before: str, seen: set[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in seen:
        return
    if name:
        yield from _fields(SCHEMA["components"]["schemas"][name], before, seen | {name})
    items = [schema["items"]] if schema.get("items") else []
    for inner in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *items):
        yield from _fields(inner, before, seen)
    for field, inner in schema.get("properties", {}).items():
        path = f"{before}.{field}" if before else field
        yield path, inner
        yield from _fields(inner, path, seen)
