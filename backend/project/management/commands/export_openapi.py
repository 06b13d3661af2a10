"""Prints the console API's OpenAPI document, from which the front end's types are made."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from backend.project.api import api


class Command(BaseCommand):
    """`manage.py export_openapi > frontend/openapi.json`"""

    help = "Prints the OpenAPI document of the console API."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints it, sorted, so that a diff shows what changed."""
        schema = api.get_openapi_schema(path_prefix="/api/")
        self.stdout.write(json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False))
