#!/usr/bin/env python
"""Django's door: `python manage.py <command>`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.project.settings")
    execute_from_command_line(sys.argv)
