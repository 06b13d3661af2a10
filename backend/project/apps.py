"""The Django app of the project itself: commands and checks."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """What belongs to no part in particular."""

    name = "backend.project"
    label = "project"

    def ready(self) -> None:
        """Registers the checks of `manage.py check`, and who knows documents, mail servers and tools."""
        from backend.knowledge.samples import make_sample
        from backend.knowledge.services import fields_of_knowledge, missing_knowledge
        from backend.mail.services import has_server
        from backend.project import checks  # noqa: F401
        from backend.tools.shown import known_tools, source_names
        from backend.workflows import chosen_tools, documents, mails

        documents.register(missing=missing_knowledge, fields=fields_of_knowledge, make_sample=make_sample)
        mails.register(has_server=has_server)
        chosen_tools.register(known=known_tools, names=source_names)
