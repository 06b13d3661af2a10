"""The single-page app and the files of all pages, as Vite built them into frontend/dist."""

import os
import re
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from whitenoise.base import WhiteNoise

from backend.accounts.shell import shell

STATIC = "/static/"
_HASHED = re.compile(r"^.+/assets/.+-[\w-]{8,}\.\w+$")


@require_safe
def console(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The single-page app, at whatever address within it. What looks like a file or an API is not one."""
    if (
        rest.startswith(("api/", "v1/", "c/", "embed/", "ws/", "static/", "samples/"))
        or "." in rest.rsplit("/", 1)[-1]
    ):
        raise Http404
    return shell("index.html")


@require_safe
def static_file(request: HttpRequest, name: str) -> HttpResponse:
    """A file of the pages: script, style, font, image. Compressed, ranged and revalidated by WhiteNoise."""
    return _serve(request, request.path_info)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon that browsers ask for unasked."""
    return _serve(request, f"{STATIC}treadle.svg")


@require_safe
def website_button(request: HttpRequest) -> HttpResponse:
    """GET /embed.js: what a website's page loads to offer an app's chat. Asked for anew after a while."""
    response = _serve(request, f"{STATIC}embed.js")
    response.headers["Cache-Control"] = "public, max-age=600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines; a chat page is for who was given its address."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


def _serve(request: HttpRequest, url: str) -> HttpResponse:
    folder = settings.FRONTEND_DIST
    files = _files(str(folder), os.stat(folder).st_mtime_ns if folder.is_dir() else 0).files
    if url not in files:
        raise Http404
    found = files[url].get_response(request.method, request.META)
    # Read whole: the largest is a script of some hundred kilobytes, and ASGI streams no plain file well.
    content = b""
    if found.file is not None:
        with found.file:
            content = found.file.read()
    response = HttpResponse(content, status=int(found.status))
    if not content:
        del response.headers["Content-Type"]
    for header, value in found.headers:
        response.headers[header] = value
    return response


@lru_cache(maxsize=2)
def _files(folder: str, built_at: int) -> WhiteNoise:
    """What is in `folder`; read anew after each build, which makes the folder anew."""
    files = WhiteNoise(
        None,
        max_age=0,
        immutable_file_test=lambda path, url: bool(_HASHED.match(url)),
        allow_all_origins=False,
    )
    if built_at:
        files.add_files(folder, prefix=STATIC)
    for name in (".vite/manifest.json", "index.html", "chat.html"):
        files.files.pop(STATIC + name, None)  # pages are served by their own addresses
    return files
