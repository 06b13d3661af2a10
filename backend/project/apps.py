"""The Django app of the project itself: commands and checks."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """What belongs to no part in particular."""

    name = "backend.project"
    label = "project"

    def ready(self) -> None:
        """Registers the checks of `manage.py check`."""
        from backend.project import checks  # noqa: F401
