"""A Django with one view, and CommonMiddleware if FLOOR_MIDDLEWARE says so: what a request costs alone."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="a bench's",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"] if os.environ.get("FLOOR_MIDDLEWARE") else [],
)


async def view(_: HttpRequest) -> HttpResponse:
    """Two letters."""
    return HttpResponse("ok")


urlpatterns = [path("", view)]
application = get_asgi_application()
