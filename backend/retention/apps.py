"""The Django app of retention."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """How long runs are kept."""

    name = "backend.retention"
    label = "retention"
