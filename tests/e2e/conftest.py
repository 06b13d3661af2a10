"""One installation and one browser for all end-to-end tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

from tests.e2e.installation import CHROMIUM_FLAGS, ROOT, Installation, chromium, start, stop
from tests.e2e.person import has_been_shown_around, sign_in
from tests.e2e.silent import Silent, silence
from tests.models.fixtures import FakeOpenAI
from tests.tools.guarded_shop import GuardedShop, guarded
from tests.tools.orders import Orders, selling_orders
from tests.tools.shop import Shop, shopping

WORD_COUNT = '''
from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput


class WordCount(Node):
    """Counts the words in a text."""

    type, title, group, effects = "word_count", "Word count", "Text", "none"

    class Config(NodeConfig):
        text: str = Field(title="Text", widget="template", help="Type, or pick a variable.")

    class Output(NodeOutput):
        words: int = Field(title="Number of words")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        return self.Output(words=len(config.text.split()))
'''


@pytest.fixture(scope="package")
def provider() -> Iterator[FakeOpenAI]:
    """A model provider on this machine, which the installation's administrator has allowed."""
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture(scope="package")
def silence_kept() -> Iterator[Silent]:
    """A web service that does not answer, which the administrator has allowed too."""
    with silence() as listening:
        yield listening


@pytest.fixture
def silent(silence_kept: Silent) -> Silent:
    """That service, which has forgotten what other tests asked."""
    silence_kept.forget()
    return silence_kept


@pytest.fixture(scope="package")
def shop() -> Iterator[Shop]:
    """A server with tools, which the administrator has allowed."""
    with shopping() as selling:
        yield selling


@pytest.fixture(scope="package")
def orders() -> Iterator[Orders]:
    """A web service with a description, which the administrator has allowed."""
    with selling_orders() as selling:
        yield selling


@pytest.fixture(scope="package")
def guarded_shop() -> Iterator[GuardedShop]:
    """A server that one has to sign in at, which the administrator has allowed too."""
    with guarded() as selling:
        yield selling


@dataclass(frozen=True)
class Office:
    """A program on this machine that has tools, as the administrator's file names it."""

    file: Path
    starts: Path
    """Where it writes a line each time that it is started."""

    def write(self, *, is_there: bool = True) -> None:
        """Writes the file, with one program for all workspaces and one for another workspace."""
        program = [sys.executable, str(ROOT / "tests/tools/program.py"), str(self.starts)]
        office = (
            f'[servers.office]\ntitle = "The office"\ncommand = {json.dumps(program)}\nworkspaces = "all"\n'
        )
        theirs = f'[servers.theirs]\ncommand = {json.dumps(program)}\nworkspaces = ["{uuid4()}"]\n'
        self.file.write_text(f"{office if is_there else ''}{theirs}", encoding="utf-8")
        self.file.chmod(0o600)

    @property
    def has_started(self) -> bool:
        return self.starts.exists()


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """That program, which the administrator has set up."""
    folder = tmp_path_factory.mktemp("office")
    one = Office(folder / "servers.toml", folder / "starts")
    one.write()
    return one


@pytest.fixture(scope="package")
def treadle(
    tmp_path_factory: pytest.TempPathFactory,
    provider: FakeOpenAI,
    silence_kept: Silent,
    shop: Shop,
    orders: Orders,
    guarded_shop: GuardedShop,
    office: Office,
) -> Iterator[Installation]:
    """A running Treadle with the real practice model, and one node type of our own."""
    chromium()
    nodes = tmp_path_factory.mktemp("nodes")
    (nodes / "word_count.py").write_text(WORD_COUNT, encoding="utf-8")
    installation = start(
        tmp_path_factory.mktemp("treadle"),
        TREADLE_NODES=str(nodes),
        TREADLE_TOOL_SERVERS=str(office.file),
        TREADLE_ALLOWED_HOSTS_PRIVATE=",".join(
            one.place for one in (provider, silence_kept, shop, orders, guarded_shop)
        ),
    )
    yield installation
    stop(installation)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, without a screen.

    Not for the session: its driver keeps an event loop running on this thread, which other tests would meet.
    """
    # The default of 5 s is what a page may take; a machine that runs two suites at once takes longer.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh person: no cookies, nothing remembered. Fails the test on an error in the page."""
    # What glides into place may have gone from under a press by the time that it is let go.
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    has_been_shown_around(context)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    yield page
    context.close()
    assert broken == []


@pytest.fixture(scope="module")
def signed_in(treadle: Installation, browser: Browser) -> StorageState:
    """What a browser keeps of someone who has signed in; a link for each test would take seconds."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    sign_in(page, treadle)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def builder(page: Page, treadle: Installation, signed_in: StorageState) -> Page:
    """Someone who is signed in, at the first page."""
    page.context.add_cookies([{**cookie} for cookie in signed_in.get("cookies", [])])  # type: ignore[typeddict-item]
    page.goto(treadle.address)
    return page
