"""The Django app of knowledge."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Documents that apps answer from."""

    name = "backend.knowledge"
    label = "knowledge"
