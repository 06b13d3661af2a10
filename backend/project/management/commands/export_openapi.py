"""Prints the OpenAPI document: the console API, from which the front end's types are made, and `/v1/runs`."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from backend.project.api import api
from backend.publish.described import describe


class Command(BaseCommand):
    """`manage.py export_openapi > frontend/openapi.json`"""

    help = "Prints the OpenAPI document of the console API and of /v1/runs."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints it, sorted, so that a diff shows what changed."""
        schema = describe(api.get_openapi_schema(path_prefix="/api/"))
        self.stdout.write(json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False))
