"""What a person may set, meet or break is written down."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from backend.publish.faults import http_status, public_error
from backend.runs.timings import TIMINGS
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.errors import CODES

ROOT = Path(__file__).parents[1]
SETTINGS = (ROOT / "docs/operate/settings.md").read_text(encoding="utf-8")
NAME = re.compile(
    r'(?:environ(?:\.get\(|\[)|_is_on\(|_list\(|env\.get\(|env\[)"((?:TREADLE_|DATABASE_|REDIS_|PORT)\w*)"'
)


def settings_in_the_code() -> set[str]:
    files = [path for top in ("backend", "workers", "nodes", "deploy") for path in (ROOT / top).rglob("*.py")]
    found = {name for path in files for name in NAME.findall(path.read_text(encoding="utf-8"))}
    return found | {f"TREADLE_{field.name.upper()}" for field in fields(TIMINGS)}


def test_every_setting_is_documented() -> None:
    found = settings_in_the_code()

    assert "TREADLE_DATA" in found
    assert {name for name in found if f"`{name}`" not in SETTINGS} == set()


def test_no_setting_is_documented_that_is_not_there() -> None:
    written = set(re.findall(r"`((?:TREADLE_|DATABASE_|REDIS_)[A-Z_]+|PORT)`", SETTINGS))

    everything = "".join(
        p.read_text(encoding="utf-8")
        for t in ("backend", "workers", "nodes")
        for p in (ROOT / t).rglob("*.py")
    )
    assert {name for name in written - settings_in_the_code() if name not in everything} == set()


@pytest.mark.parametrize(("name", "default"), [(f.name, getattr(TIMINGS, f.name)) for f in fields(TIMINGS)])
def test_the_timings_have_the_defaults_that_are_written_down(name: str, default: float) -> None:
    row = next(line for line in SETTINGS.splitlines() if f"`TREADLE_{name.upper()}`" in line)

    written = type(TIMINGS)()
    assert float(row.split("|")[-2]) == getattr(written, name)


@pytest.mark.parametrize("name", ["docs/guide/api.md", "docs/guide/api.zh.md"])
def test_every_code_that_people_outside_are_told_is_in_the_guide_with_its_status(name: str) -> None:
    told = [
        public_error({"status": "failed", "error": {"code": code}}) for code in (*CODES, "document_broken")
    ]
    codes = {str(error["code"]) for error in told if error is not None}
    guide = (ROOT / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?`) \| (\d{3}) \|", guide, re.MULTILINE)

    written = {code: int(status) for names, status in rows for code in re.findall(r"`(\w+)`", names)}
    assert written == {code: http_status(code) for code in codes}


def test_every_node_type_has_help_in_both_languages() -> None:
    described = installed_catalogue().describe()

    assert described
    for node in described:
        assert node["doc"], node["type"]
        assert node["i18n"]["zh"]["doc"], node["type"]


def test_the_engine_is_explained_on_two_pages_with_one_picture() -> None:
    page = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", page)
    links = re.findall(r"(?<!!)\[.+?\]\(([\w./-]+)\)", page)

    assert len(pictures) == 1
    assert len(page.split()) < 1_500
    assert len(links) > 4
    for name in (*pictures, *links):
        assert (ROOT / "docs" / name).is_file(), name


def test_every_file_that_the_architecture_names_is_there() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    files = {
        str(path.relative_to(ROOT))
        for top in ("backend", "workers", "nodes")
        for path in (ROOT / top).rglob("*.py")
    }

    for name in re.findall(r"`([a-z_/]+/[a-z_]+\.py)`", page):
        assert any(file.endswith(name) for file in files), name


def test_nothing_names_a_path_of_one_machine() -> None:
    tracked = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".ts", ".tsx", ".yaml", ".toml"}]
    ours = [
        p
        for p in tracked
        if not {"node_modules", ".venv", ".treadle", "dist"} & set(p.relative_to(ROOT).parts)
    ]

    for path in ours:
        assert not re.search(r"/(?:home|root|Users)/[a-z]", path.read_text(encoding="utf-8")), path
