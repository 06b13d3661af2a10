"""Whether an app is answered by the bundled practice model, which its chat page then says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from backend.providers.services import PRACTICE, default_model
from backend.workflows.models import Version
from nodes.sdk.catalogue import Catalogue, installed_catalogue


def answers_by_practice_model(version_id: uuid.UUID, workspace_id: uuid.UUID) -> bool:
    """Whether some step of a version asks the practice model, by name or as the workspace's default."""
    models = _models_of(version_id)
    return PRACTICE in models or ("" in models and default_model(workspace_id) == PRACTICE)


@lru_cache(maxsize=1024)
def _models_of(version_id: uuid.UUID) -> frozenset[str]:
    """Versions never change, so the graph of each is looked through once."""
    graph = Version.objects.values_list("graph", flat=True).get(pk=version_id)
    return frozenset(_models_in(graph, installed_catalogue()))


def _models_in(graph: Mapping[str, Any], catalogue: Catalogue) -> Iterator[str]:
    """What stands in the model fields of all steps; "" for the workspace's default."""
    graphs = [graph]
    while graphs:
        for node in graphs.pop()["nodes"]:
            if node.get("body"):
                graphs.append(node["body"])
            for field in _model_fields(catalogue, node["type"]):
                yield str(node.get("config", {}).get(field) or "")


def _model_fields(catalogue: Catalogue, type_name: str) -> list[str]:
    if type_name not in catalogue.types:
        return []
    fields = catalogue.types[type_name].Config.model_json_schema().get("properties", {})
    return [name for name, field in fields.items() if field.get("x-ui", {}).get("widget") == "model"]
