"""The real embedding model in its real child process."""

import asyncio
import math
import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from nodes.sdk.errors import NodeError
from tests.models.conformance import EmbeddingContract, ask, error_of
from workers.models import embedder
from workers.models.bulk import embed_in_groups
from workers.models.embedder import LocalEmbedder
from workers.models.router import Router


@pytest.fixture
async def backend():
    backend = LocalEmbedder()
    yield backend
    await backend.close()


class TestContract(EmbeddingContract):
    """The model that comes with Treadle makes vectors like any other."""


def is_alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def environment_of(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def likeness(a: list[float], b: list[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("How long do refunds take?", "Money comes back within five working days.", "We open at nine."),
        ("多久能收到退款？", "款项会在五个工作日内退回。", "我们周一到周五上午九点开门。"),
        ("多久能收到退款？", "Refunds are paid back within five working days.", "We open at nine."),
        ("When are you open?", "我们周一到周五上午九点开门。", "款项会在五个工作日内退回。"),
    ],
)
async def test_a_question_finds_its_answer_in_and_across_languages(
    backend: LocalEmbedder, question: str, answer: str, other: str
) -> None:
    [asked] = await backend.embed([question], kind="query")
    passages = await backend.embed([answer, other], kind="passage")

    assert likeness(asked, passages[0]) > likeness(asked, passages[1])


async def test_questions_and_passages_are_told_apart(backend: LocalEmbedder) -> None:
    query = await backend.embed(["refund"], kind="query")
    passage = await backend.embed(["refund"], kind="passage")

    assert query != passage
    assert query.model == passage.model == "multilingual-e5-small"


async def test_what_c_code_cannot_read_does_no_harm(backend: LocalEmbedder) -> None:
    odd = ["", "\0", "a\0b", "\ud800", "🌍" * 1_000, "\n\t \r" * 3_000]

    vectors = await backend.embed(odd, kind="passage")

    assert len(vectors) == len(odd)
    assert all(math.isclose(likeness(v, v), 1, abs_tol=1e-3) for v in vectors)
    assert vectors[2] == (await backend.embed(["ab"], kind="passage"))[0]


async def test_a_killed_child_fails_one_call_and_no_more(backend: LocalEmbedder) -> None:
    await backend.embed(["hi"], kind="query")
    assert backend.pid is not None
    working = asyncio.create_task(
        backend.embed(["long " * 1_500 + str(n) for n in range(40)], kind="passage")
    )
    await asyncio.sleep(0.05)

    os.kill(backend.pid, signal.SIGKILL)

    with pytest.raises(NodeError) as caught:
        await working
    assert (caught.value.code, caught.value.retry) == ("model_failed", True)
    assert len(await backend.embed(["hi again"], kind="query")) == 1


async def test_a_caller_that_leaves_does_not_shift_the_next_answer(backend: LocalEmbedder) -> None:
    fresh = LocalEmbedder()
    want = await fresh.embed(["one", "two"], kind="query")
    await fresh.close()
    leaving = asyncio.create_task(
        backend.embed([f"{n} other words entirely " * 200 for n in range(4)], kind="query")
    )
    await asyncio.sleep(0.01)

    leaving.cancel()

    assert await backend.embed(["one", "two"], kind="query") == want


async def test_a_search_goes_before_documents_that_wait(backend: LocalEmbedder) -> None:
    await backend.embed(["hi"], kind="query")
    order: list[str] = []

    async def index() -> None:
        await backend.embed([f"{n} a passage of some length " * 10 for n in range(40)], kind="passage")
        order.append("documents")

    async def search() -> None:
        await backend.embed(["a question"], kind="query")
        order.append("search")

    documents = asyncio.create_task(index())
    await asyncio.sleep(0.05)
    await asyncio.gather(documents, search())

    assert order == ["search", "documents"]


async def test_the_child_goes_when_nobody_needs_it() -> None:
    backend = LocalEmbedder(idle_s=0.05)
    first = await backend.embed(["hi"], kind="query")
    for _ in range(500):
        if backend.pid is None:
            break
        await asyncio.sleep(0.02)

    assert backend.pid is None
    assert await backend.embed(["hi"], kind="query") == first
    assert len(await backend.embed(["something new"], kind="query")) == 1
    await backend.close()


async def test_short_texts_are_remembered_each_kind_for_itself(backend: LocalEmbedder) -> None:
    first = await backend.embed(["hello", "hello", "world"], kind="query")
    await backend.close()

    assert await backend.embed(["world", "hello"], kind="query") == [first[2], first[0]]
    assert backend.pid is None  # nobody was asked
    assert await backend.embed(["hello"], kind="passage") != [first[0]]


async def test_the_child_ends_with_its_parent() -> None:
    code = """
        import asyncio, os, signal, sys
        from workers.models.embedder import LocalEmbedder
        async def main():
            backend = LocalEmbedder()
            await backend.embed(["hi"], kind="query")
            print(backend.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
    """
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(code), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await parent.communicate()
    child = int(said)

    for _ in range(500):
        if not is_alive(child):
            return
        await asyncio.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the child outlived its parent")


async def test_the_child_knows_no_secret(backend: LocalEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-operator's")
    await backend.embed(["hi"], kind="query")

    assert b"OPENAI_API_KEY" not in environment_of(backend.pid)


async def test_it_cannot_write(backend: LocalEmbedder) -> None:
    assert (await error_of(backend.chat(ask("hi")))).code == "model_bad_request"


async def test_where_it_has_no_build_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "PACKAGE", "no_such_package")
    with pytest.raises(NodeError) as caught:
        await LocalEmbedder().embed(["hi"], kind="query")

    assert caught.value.code == "model_missing"
    assert "x86-64" in caught.value.message
    assert "Models" in caught.value.hint


async def test_a_model_that_does_not_load_says_why() -> None:
    backend = LocalEmbedder(command=(sys.executable, "-c", "raise SystemExit(3)"))

    with pytest.raises(NodeError) as caught:
        await backend.embed(["hi"], kind="query")
    assert caught.value.code == "model_failed"
    await backend.close()


async def test_it_is_the_default_of_a_workspace() -> None:
    router = Router()
    vectors = await router.for_workspace("ws").embed(["hi"], kind="query")
    await router.close()

    assert vectors.model == "multilingual-e5-small"
    assert len(vectors[0]) == 384


async def test_many_texts_come_in_groups_and_stop_when_told(backend: LocalEmbedder) -> None:
    router = Router(embedder=backend)
    models = router.for_workspace("ws")
    texts = [f"text {n}" for n in range(150)]
    seen: list[tuple[int, int]] = []
    heard: list[tuple[int, int]] = []

    async for start, vectors in embed_in_groups(
        models,
        texts,
        on_progress=lambda done, total: heard.append((done, total)),
        is_cancelled=lambda: len(seen) == 2,
    ):
        seen.append((start, len(vectors)))

    assert seen == [(0, 64), (64, 64)]
    assert heard == [(64, 150), (128, 150)]
