"""Nothing but workers/outgoing opens HTTP connections."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = {"requests", "httpx", "urllib3", "http.client", "urllib.request", "httpcore", "pycurl"}
MAY = {
    Path("workers/outgoing"),  # the guard itself
    Path("workers/models/litellm_setup.py"),  # puts the guard into LiteLLM
    Path("backend/project/health.py"),  # asks our own model host over its socket
    Path("deploy/local"),  # the supervisor asks its own services
    Path("deploy/docker/probe.py"),  # asks the container's own web process whether it is well
}


def uses(source: str) -> set[str]:
    """The HTTP clients that a source imports or builds."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    sessions = {"aiohttp.ClientSession", "aiohttp.request", "aiohttp.TCPConnector", "aiohttp.UnixConnector"}
    return {name for name in found if name in sessions or name in CLIENTS or name.split(".")[0] in CLIENTS}


def test_only_the_guard_opens_connections() -> None:
    sources = [p for top in ("nodes", "backend", "workers", "deploy") for p in (ROOT / top).rglob("*.py")]
    assert len(sources) > 50

    guilty = {
        str(path.relative_to(ROOT)): found
        for path in sources
        if (found := uses(path.read_text(encoding="utf-8")))
        and not any(path.relative_to(ROOT).is_relative_to(allowed) for allowed in MAY)
    }

    assert guilty == {}


def test_the_scan_sees_a_client() -> None:
    assert uses("import httpx") == {"httpx"}
    assert uses("from urllib.request import urlopen") == {"urllib.request"}
    assert uses("import aiohttp\naiohttp.ClientSession()") == {"aiohttp.ClientSession"}
    assert uses("from aiohttp import ClientSession") == {"aiohttp.ClientSession"}
    assert uses("from aiohttp import web") == set()
