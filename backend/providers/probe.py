"""Tests a model the way it will be used: by a run of one step through the same door as any other.

A chat model is asked for a word; one for vectors sorts a word by its meaning; one that puts passages in order
does so with two. One that listens hears a tone, one that speaks says a word, one that draws does so.
"""

import time
from collections.abc import Mapping
from typing import Any, cast

from backend.accounts.auth import Principal
from backend.providers.models import ModelConnection
from backend.providers.services import EMBEDDING, IMAGE, RERANK, SPEECH, TASKS, TRANSCRIPTION, names_for
from backend.runs.trials import try_node
from nodes.sdk import Json
from nodes.sdk.media_by_script import tone

PATIENCE_S = 60.0
_DRAWING_PATIENCE_S = 180.0
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
    elif kind == TRANSCRIPTION:
        _try("transcribe", {"file": "{{ start_1.sound }}", "model": model_id}, by, {"sound": tone(20)})
        answer = ""
    elif kind == SPEECH:
        _try("speak", {"text": "OK.", "model": model_id}, by)
        answer = ""
    elif kind == IMAGE:
        # Drawing takes its time, and there is no smaller question.
        _try("draw", {"words": "A red apple.", "model": model_id}, by, patience_s=_DRAWING_PATIENCE_S)
        answer = ""
    else:
        said = _try("prompt", {"model": model_id, "user": "Answer with the word OK.", "max_tokens": 16}, by)
        answer = str(said.get("text") or "")[:200]
    took_ms = round((time.monotonic() - began) * 1000)
    return {"model": model_id, "kind": kind, "took_ms": took_ms, "answer": answer}


def _try(
    node_type: str,
    config: Mapping[str, Json],
    by: Principal,
    files: Mapping[str, bytes] | None = None,
    *,
    patience_s: float = PATIENCE_S,
) -> dict[str, Json]:
    output = try_node(node_type, config, query="", by=by, slug=_SLUG, patience_s=patience_s, files=files)
    return cast("dict[str, Json]", output)
