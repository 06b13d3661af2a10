"""The catalogue of node types as bytes: the same for everyone, so it is rendered once."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from django.core.serializers.json import DjangoJSONEncoder

from nodes.sdk.catalogue import Catalogue, installed_catalogue


@dataclass(frozen=True)
class Rendered:
    """A JSON document and the tag by which a browser knows whether it has it already."""

    content: bytes
    etag: str


def rendered_catalogue() -> Rendered:
    """What GET /api/nodes answers."""
    return _render(installed_catalogue())


@lru_cache(maxsize=2)
def _render_once(catalogue_id: int) -> Rendered:
    catalogue = installed_catalogue()
    document = {
        "nodes": catalogue.describe(),
        "broken": [{"name": name, "reason": reason} for name, reason in sorted(catalogue.broken.items())],
    }
    content = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode(document).encode()
    return Rendered(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _render(catalogue: Catalogue) -> Rendered:
    return _render_once(id(catalogue))
