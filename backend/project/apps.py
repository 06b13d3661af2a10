from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "backend.project"
    label = "project"
