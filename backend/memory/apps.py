"""The Django app of memory."""

from django.apps import AppConfig


class MemoryConfig(AppConfig):
    """What apps remember about people."""

    name = "backend.memory"
    label = "memory"
