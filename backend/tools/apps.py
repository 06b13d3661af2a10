"""The Django app of tools from elsewhere."""

from django.apps import AppConfig


class ToolsConfig(AppConfig):
    """Where a workspace's tools come from, and which it approved."""

    name = "backend.tools"
    label = "tools"
