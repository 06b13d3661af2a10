"""A fresh outside world for every test."""

from collections.abc import Callable
from typing import Any

import pytest

from nodes.sdk.graph import Graph
from tests.engine import world as worlds
from tests.engine.world import Outside, World
from workers.engine.testing import build


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    fresh = Outside()
    monkeypatch.setattr(worlds, "outside", fresh)
    return fresh


@pytest.fixture
def draw(outside: Outside) -> Callable[..., World]:
    """Draws a graph and opens one run of it."""

    def draw(drawing: str | Graph, **more: Any) -> World:
        for_graph = {name: more.pop(name) for name in ("configs", "policies", "bodies") if name in more}
        graph = drawing if isinstance(drawing, Graph) else build(drawing, **for_graph)
        return World(graph, outside, **more)

    return draw
