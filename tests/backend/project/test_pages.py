"""The pages, their files, and the headers they go out with."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

INDEX = '<!doctype html><html lang="en"><head><title>Treadle</title></head><body></body></html>'


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "chat.html").write_text(INDEX)
    (tmp_path / "treadle.svg").write_text("<svg/>")
    (tmp_path / "theme.js").write_text("1")
    (tmp_path / "embed.js").write_text("2")
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    (tmp_path / "assets" / "app-B7x9Qz_1.js").write_text("console.log(1)")
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/apps/1", "/models", "/settings", "/welcome", "/no/such/page"])
def test_every_address_of_the_app_gets_the_shell(client: Client, built: Path, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.content.decode() == INDEX
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert not answer.cookies


def test_a_page_that_is_not_built_says_what_to_do(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path / "nothing"

    answer = client.get("/")

    assert "make up" in answer.content.decode()
    assert client.get("/static/assets/app.js").status_code == 404
    assert client.get("/favicon.ico").status_code == 404


def test_hashed_files_are_kept_for_ever_and_others_asked_for_again(client: Client, built: Path) -> None:
    hashed = client.get("/static/assets/app-B7x9Qz_1.js")
    plain = client.get("/static/theme.js")

    assert hashed.status_code == plain.status_code == 200
    assert "immutable" in hashed.headers["Cache-Control"]
    assert plain.headers["Cache-Control"] == "max-age=0, public"
    assert hashed.headers["Content-Type"].startswith("text/javascript")
    assert hashed.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_has_not_changed_is_304(client: Client, built: Path) -> None:
    first = client.get("/static/theme.js")

    again = client.get("/static/theme.js", headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    "path",
    ["/static/index.html", "/static/.vite/manifest.json", "/static/../settings.py", "/static/", "/x.php"],
)
def test_what_is_no_file_of_the_pages_is_404(client: Client, built: Path, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_icon_and_robots_are_there(client: Client, built: Path) -> None:
    assert client.get("/favicon.ico").headers["Content-Type"] == "image/svg+xml"
    assert "Disallow: /" in client.get("/robots.txt").content.decode()


def test_the_button_for_websites_may_be_loaded_from_anywhere_and_is_kept_for_minutes(
    client: Client, built: Path
) -> None:
    answer = client.get("/embed.js")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_asks_the_database_nothing(
    client: Client, built: Path, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/apps/1").status_code == 200
