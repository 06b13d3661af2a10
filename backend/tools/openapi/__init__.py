"""Descriptions of web services (OpenAPI 3, Swagger 2) as tools. Reads a text, and fetches nothing."""

from backend.tools.openapi.described import Described, described
from backend.tools.openapi.text import LARGEST_TEXT, Unreadable

__all__ = ["LARGEST_TEXT", "Described", "Unreadable", "described"]
