"""The Django app of publishing."""

from django.apps import AppConfig


class PublishConfig(AppConfig):
    """Published apps: a run seen through other people's protocols."""

    name = "backend.publish"
    label = "publish"
