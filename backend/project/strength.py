"""What is too easy to guess, and what does not leave this machine."""

import ipaddress

SHORTEST_KEY = 32
SHORTEST_PASSWORD = 16
_FEWEST_CHARACTERS = 10
_WORDS_OF_EXAMPLES = ("changeme", "change-me", "change_me", "insecure", "example", "password", "your-secret")


def is_weak(secret: str, shortest: int = SHORTEST_KEY) -> bool:
    """Too short, of too few different characters, or taken from somebody's example."""
    lower = secret.lower()
    return (
        len(secret) < shortest
        or len(set(secret)) < _FEWEST_CHARACTERS
        or any(word in lower for word in _WORDS_OF_EXAMPLES)
    )


def is_loopback(host: str | None) -> bool:
    """Whether `host` is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False
