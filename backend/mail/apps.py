"""The Django app of mail."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """The mail server of each workspace."""

    name = "backend.mail"
    label = "mail"
