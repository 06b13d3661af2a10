"""Is this process well? For health checks: `probe.py URL`, `probe.py SOCKET` or `probe.py FILE SECONDS`.

A URL and a unix socket must answer 200 (the socket's /healthz); a file must have been touched within so
many seconds. Standard library only: it runs every few seconds, and loading Django would cost a second each.
"""

from __future__ import annotations

import http.client
import socket
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE_S = 4.0


def main(arguments: list[str]) -> int:
    """Exit status 0 when well, 1 when not, with a word why."""
    try:
        if len(arguments) == 2:
            age = time.time() - Path(arguments[0]).stat().st_mtime
            return _say(age <= float(arguments[1]), f"last sign of life {age:.0f} s ago")
        place = arguments[0]
        status = _of_url(place) if place.startswith("http") else _of_socket(place)
        return _say(status == 200, f"answers {status}")
    except (OSError, http.client.HTTPException) as error:
        return _say(False, str(error))


def _of_url(url: str) -> int:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.status


def _of_socket(path: str) -> int:
    connection = http.client.HTTPConnection("model")
    with socket.socket(socket.AF_UNIX) as connection.sock:
        connection.sock.settimeout(PATIENCE_S)
        connection.sock.connect(path)
        connection.request("GET", "/healthz")
        return connection.getresponse().status


def _say(is_well: bool, why: str) -> int:
    print(why)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
