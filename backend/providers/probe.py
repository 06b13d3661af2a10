"""Tests a model the way it will be used: by a run of one step through the same door as any other.

A chat model is asked for a word; one for vectors sorts a word by its meaning; one that puts passages in order
does so with two.
"""

import time
from collections.abc import Mapping
from typing import Any, cast

from backend.accounts.auth import Principal
from backend.providers.models import ModelConnection
from backend.providers.services import EMBEDDING, RERANK, TASKS, names_for
from backend.runs.trials import try_node
from nodes.sdk import Json

PATIENCE_S = 60.0
_SLUG = "-model-test"  # no name a person gives begins with a hyphen
_GROUPS: Json = [{"name": "fruit", "title": "Fruit"}, {"name": "tools", "title": "Tools"}]


def probe_connection(connection: ModelConnection, *, by: Principal) -> list[dict[str, Any]]:
    """Asks the first model of each kind that a connection has. Raises ApiError 422 when one is silent."""
    firsts = [(task, names_for(connection, task)[:1]) for task in TASKS]
    return [probe_model(f"{connection.name}/{name}", kind, by=by) for kind, names in firsts for name in names]


def probe_model(model_id: str, kind: str, *, by: Principal) -> dict[str, Any]:
    """Asks the model; gives {model, kind, took_ms, answer}. Raises ApiError 422 with the run's error."""
    began = time.monotonic()
    if kind == EMBEDDING:
        sorting: dict[str, Json] = {"text": "apple", "groups": _GROUPS, "method": "similarity"}
        _try("classify", {**sorting, "embedding_model": model_id}, by)
        answer = ""
    elif kind == RERANK:
        _try("rank", {"query": "apple", "items": "fruit\ntools", "model": model_id}, by)
        answer = ""
    else:
        said = _try("prompt", {"model": model_id, "user": "Answer with the word OK.", "max_tokens": 16}, by)
        answer = str(said.get("text") or "")[:200]
    took_ms = round((time.monotonic() - began) * 1000)
    return {"model": model_id, "kind": kind, "took_ms": took_ms, "answer": answer}


def _try(node_type: str, config: Mapping[str, Json], by: Principal) -> dict[str, Json]:
    output = try_node(node_type, config, query="", by=by, slug=_SLUG, patience_s=PATIENCE_S)
    return cast("dict[str, Json]", output)
