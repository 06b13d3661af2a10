"""The Django app of accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, workspaces, keys."""

    name = "backend.accounts"
    label = "accounts"
