"""Where model files lie: downloaded ones in the data folder by their hash, others where their owner says."""

from pathlib import Path

from django.conf import settings

from backend.providers.models import LocalModel


def models_folder() -> Path:
    """The folder of downloaded model files. All workers of an installation share it."""
    return Path(settings.TREADLE_DATA) / "models"


def path_of(row: LocalModel) -> Path:
    """Where the file of a model is, or will be."""
    return Path(row.path) if row.path else models_folder() / f"{row.sha256}.gguf"


def part_of(pk: object) -> Path:
    """Where the download of a row keeps what it has so far."""
    return models_folder() / f"{pk}.part"
