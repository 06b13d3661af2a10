"""The providers offered by name and what a connection to each needs, from `known.yaml`.

LiteLLM itself is not imported here: it costs the web process three seconds and 169 MB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

FIELD_LENGTH: Final = 2_000


@dataclass(frozen=True)
class ConnectionField:
    """Something a connection is told: an address, a key, a region. Secret ones are stored encrypted."""

    name: str
    title: str
    title_zh: str
    help: str = ""
    help_zh: str = ""
    placeholder: str = ""
    pattern: str = ""
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True)
class Provider:
    """A company that serves models, or a server that speaks its own protocol."""

    id: str
    title: str
    title_zh: str
    fields: tuple[ConnectionField, ...]
    help: str = ""
    help_zh: str = ""
    key_page: str = ""
    examples: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """What its models can do, as `nodes.sdk.models.Task` names it."""
        return list(self.examples)


@dataclass(frozen=True)
class Preset:
    """A server that speaks OpenAI's protocol, and where it listens if nobody says otherwise."""

    id: str
    title: str
    base_url: str
    examples: Mapping[str, list[str]] = field(default_factory=dict)


def _field(kinds: Mapping[str, Any], name: str, *, is_required: bool) -> ConnectionField:
    said = dict(kinds[name])
    is_secret = bool(said.pop("secret", False))
    return ConnectionField(**{"name": name, **said}, is_secret=is_secret, is_required=is_required)


def _provider(kinds: Mapping[str, Any], said: dict[str, Any]) -> Provider:
    fields = [_field(kinds, name, is_required=True) for name in said.pop("needs")]
    fields += [_field(kinds, name, is_required=False) for name in said.pop("may", [])]
    return Provider(**{"title_zh": said["title"], **said}, fields=tuple(fields))


_READ: Final = yaml.safe_load(Path(__file__).with_name("known.yaml").read_text(encoding="utf-8"))
PROVIDERS: Final = tuple(_provider(_READ["fields"], one) for one in _READ["providers"])
BY_ID: Final = {provider.id: provider for provider in PROVIDERS}
PRESETS: Final = tuple(Preset(**one) for one in _READ["presets"])
COMPATIBLE_FIELDS: Final = (
    _field(_READ["fields"], "base_url", is_required=True),
    _field(_READ["fields"], "api_key", is_required=False),
)
"""What an OpenAI-compatible address needs."""
