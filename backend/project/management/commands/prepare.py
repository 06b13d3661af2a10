"""Makes a database ready to be used: tables, the first owner, and a sample app on a fresh one."""

import json
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from backend.accounts.links import first_owner
from backend.accounts.models import Member, User
from backend.publish.services import publish_workflow
from backend.workflows.models import Workflow
from backend.workflows.starters import create_from_starter

SAMPLE = "chat"


class Command(BaseCommand):
    """`manage.py prepare [--language en|zh] [--no-link]`"""

    help = "Migrates, makes the first owner and the sample app, and prints {sample, link} as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The choices."""
        parser.add_argument("--language", default="en", choices=("en", "zh"))
        parser.add_argument("--no-link", action="store_true", help="print no sign-in link: logs are kept")

    def handle(self, *args: Any, language: str, no_link: bool, **options: Any) -> None:
        """Safe to repeat. `sample` is the public name of the sample app when this call made it, else null.

        Later calls leave people's apps alone: asking one a question could spend their money.
        """
        call_command("migrate", verbosity=0, interactive=False)
        owner = first_owner(language=language)
        link = StringIO()
        if not no_link:
            call_command("sign_in_link", email=owner.email, stdout=link)
        self.stdout.write(json.dumps({"sample": _sample(owner, language), "link": link.getvalue().strip()}))


def _sample(owner: User, language: str) -> str | None:
    member = Member.objects.filter(user=owner).order_by("created_at").first()
    if settings.TREADLE_PRODUCTION:
        return None  # an app is open to the public there once someone says so
    if member is None or Workflow.objects.for_workspace(member.workspace_id).exists():
        return None
    workflow = create_from_starter(workspace_id=member.workspace_id, slug=SAMPLE, language=language)
    return publish_workflow(workflow=workflow, by=owner, with_key=False).publication.slug
