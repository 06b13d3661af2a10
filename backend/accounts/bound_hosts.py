"""Which hosts a secret may go to: how people write them, and whether an address is one of them.

An entry is `api.example.com`, `*.example.com` (every host below it, not itself) or one of these with a port.
Without a port it means https on its usual port; only with a port may it also be plain http.
"""

import re
from collections.abc import Iterable

from yarl import URL

MOST_HOSTS = 20

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z")
_IP6 = re.compile(r"[0-9a-f:.]+\Z")


class BadHost(ValueError):
    """An entry that names no host; the message says what it was."""


def read_host(text: str) -> str:
    """The entry that `text` means, in one spelling. A whole address counts as its host. Raises BadHost."""
    text = text.strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "https", text
    below, rest = rest.startswith("*."), rest.removeprefix("*.")
    try:
        url = URL(f"{scheme}://{rest}")
        host, port = _host(url), url.explicit_port
    except ValueError:
        raise BadHost(text) from None
    if scheme == "http" and port is None:
        port = 80
    is_fine = scheme in ("http", "https") and url.user is None and url.password is None and port != 0
    if not separator:
        is_fine = is_fine and url.path in ("", "/") and not url.query_string and not url.fragment
    if ":" in host:
        is_fine = is_fine and bool(_IP6.match(host)) and not below
    else:
        is_fine = is_fine and bool(_HOST.match(host))
    # "*.com" would be half the internet, "*.0.0.1" nonsense.
    if not is_fine or (below and ("." not in host or host.rpartition(".")[2].isdecimal())):
        raise BadHost(text)
    shown = f"[{host}]" if ":" in host else host
    return ("*." if below else "") + shown + ("" if port is None else f":{port}")


def permits(entries: Iterable[str], url: URL) -> bool:
    """Whether what is bound to `entries` may go to `url`."""
    return any(_fits(entry, url) for entry in entries)


def _fits(entry: str, url: URL) -> bool:
    below, entry = entry.startswith("*."), entry.removeprefix("*.")
    place = URL(f"https://{entry}")
    if place.explicit_port is None:
        if (url.scheme, url.port) != ("https", 443):
            return False
    elif place.explicit_port != url.port:
        return False
    host, wanted = _host(url), _host(place)
    return host.endswith(f".{wanted}") if below else host == wanted


def _host(url: URL) -> str:
    return (url.raw_host or "").lower().rstrip(".")
