"""The Django app of publishing."""

from django.apps import AppConfig


class PublishConfig(AppConfig):
    """Published apps: a run seen through other people's protocols."""

    name = "backend.publish"
    label = "publish"

    def ready(self) -> None:
        """Tells the list of workflows what is published: that layer does not know this one."""
        from backend.publish.services import publications_of
        from backend.workflows import offers

        offers.register(publications_of)
