"""Local models to choose from, from `offered.yaml`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml


@dataclass(frozen=True)
class OfferedModel:
    """A GGUF file at its maker's address. `memory_bytes`: about what it needs while it answers."""

    id: str
    title: str
    url: str
    sha256: str
    size_bytes: int
    memory_bytes: int
    licence: str
    languages: list[str]


OFFERED: Final = tuple(
    OfferedModel(**one)
    for one in yaml.safe_load(Path(__file__).with_name("offered.yaml").read_text(encoding="utf-8"))
)
BY_ID: Final = {model.id: model for model in OFFERED}
