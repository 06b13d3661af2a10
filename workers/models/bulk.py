"""Many texts as vectors: group by group, so that the caller can keep, show and stop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from nodes.sdk.models import EmbedKind, Models, Vectors
from workers.models.vectors import batches

GROUP = 64
_GROUP_CHARACTERS = 32_000


async def embed_in_groups(
    models: Models,
    texts: Sequence[str],
    *,
    model: str = "",
    kind: EmbedKind = "passage",
    on_progress: Callable[[int, int], object] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> AsyncIterator[tuple[int, Vectors]]:
    """Yields (position of the group's first text, its vectors), in order, as they are made.

    Keep each group when it comes: what is kept need not be done again after a crash. After each,
    `on_progress(done, total)` is called; before each, `is_cancelled()` is asked, and when it says True, no
    more come. To stop at once, cancel the task. Raises what `Models.embed` raises; earlier groups stay good.
    """
    done = 0
    for group in batches(texts, GROUP, _GROUP_CHARACTERS):
        if is_cancelled is not None and is_cancelled():
            return
        vectors = await models.embed(group, model=model, kind=kind)
        yield done, vectors
        done += len(group)
        if on_progress is not None:
            on_progress(done, len(texts))
