"""The Django app of providers."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Connections to models elsewhere."""

    name = "backend.providers"
    label = "providers"
