"""Prints a link that signs in once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.accounts.links import first_owner, make_link
from backend.accounts.models import User


class Command(BaseCommand):
    """`manage.py sign_in_link [--email ADDRESS]`"""

    help = "Prints a link that signs in once, within 30 minutes, from this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The one choice."""
        parser.add_argument("--email", help="whom to sign in; else the first owner")

    def handle(self, *args: Any, email: str | None, **options: Any) -> None:
        """Prints the link and nothing else, so that a script can read it."""
        user = User.objects.filter(email=email.lower(), is_active=True).first() if email else first_owner()
        if user is None:
            raise CommandError(f"There is no user with the address {email}.")
        here = f"http://127.0.0.1:{settings.TREADLE_PORT}"
        address = settings.TREADLE_URL if settings.TREADLE_PRODUCTION else here
        self.stdout.write(f"{address}/welcome#{make_link(user)}")
