"""The catalogue of node types as bytes: the same for everyone, so it is rendered once."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from django.core.serializers.json import DjangoJSONEncoder

from nodes.sdk.catalogue import installed_catalogue


@dataclass(frozen=True)
class Rendered:
    """A JSON document and the tag by which a browser knows whether it has it already."""

    content: bytes
    etag: str


@lru_cache(maxsize=1)
def rendered_catalogue() -> Rendered:
    """What GET /api/nodes answers, for as long as this process lives."""
    catalogue = installed_catalogue()
    document = {
        "nodes": catalogue.describe(),
        "broken": [{"name": name, "reason": reason} for name, reason in sorted(catalogue.broken.items())],
    }
    content = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode(document).encode()
    return Rendered(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
