"""The ASGI door: HTTP to Django, WebSockets to their consumers, both behind small guards."""
# ruff: noqa: E402 - Django must be set up before anything that imports models

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.project.settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack

from backend.project.checks import refuse_weak_settings
from backend.project.guards import BodyLimit, SameOrigin
from backend.project.handler import Handler
from backend.project.lifespan import Lifespan
from backend.runs.consumers import websocket_urlpatterns

refuse_weak_settings()

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(Handler()),
        "websocket": SameOrigin(SessionMiddlewareStack(URLRouter(websocket_urlpatterns))),
        "lifespan": Lifespan(),
    }
)
