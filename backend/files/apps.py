"""The Django app of files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files that come with a message."""

    name = "backend.files"
    label = "files"
