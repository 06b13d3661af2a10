"""How hosts are written, and which addresses are theirs."""

import pytest
from yarl import URL

from backend.accounts.bound_hosts import BadHost, permits, read_host


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("api.example.com", "api.example.com"),
        ("  API.Example.COM. ", "api.example.com"),
        ("*.example.com", "*.example.com"),
        ("*.example.com:8443", "*.example.com:8443"),
        ("localhost:8080", "localhost:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("https://api.example.com/v1/orders?x=1", "api.example.com"),
        ("http://api.example.com", "api.example.com:80"),
        ("http://api.example.com:81/", "api.example.com:81"),
        ("münchen.example", "xn--mnchen-3ya.example"),
    ],
)
def test_an_entry_has_one_spelling(text, entry):
    assert read_host(text) == entry
    assert read_host(entry) == entry


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "*", "*.", "*.com", "*.*.com", "a.*.com", "*example.com", "*.127.0.0.1",
        "*.[::1]", "example.com/v1",
        "example.com?x", "example.com#x", "user@example.com", "user:pass@example.com", "example.com:0",
        "example.com:99999", "example.com:x", "ftp://example.com", "//example.com", "a b.com", "a..b",
        "é\u0000.com",
        "a,b.com", "https://*.com", "javascript://x", "[::1", "a\\b.com", "a%2eb.com",
    ],
)  # fmt: skip
def test_what_names_no_host_is_refused(text):
    with pytest.raises(BadHost):
        read_host(text)


@pytest.mark.parametrize(
    ("entry", "yes", "no"),
    [
        (
            "api.example.com",
            ["https://api.example.com/x", "https://API.example.com./x", "https://api.example.com:443/"],
            [
                "http://api.example.com/x", "https://api.example.com:444/", "https://example.com/",
                "https://api.example.com.evil.test/", "https://xapi.example.com/", "https://a.api.example.com/",
                "https://evil.test/api.example.com", "https://api.example.com@evil.test/",
                "https://evil.test#api.example.com", "https://evil.test\\.api.example.com/",
            ],
        ),
        (
            "*.example.com",
            ["https://a.example.com/", "https://a.b.example.com/"],
            ["https://example.com/", "https://aexample.com/", "http://a.example.com/", "https://a.example.com:8443/"],
        ),
        ("localhost:8080", ["http://localhost:8080/", "https://localhost:8080/"], ["http://localhost/"]),
        ("[::1]:8080", ["http://[::1]:8080/"], ["http://127.0.0.1:8080/", "http://[::1]:8081/"]),
        ("xn--mnchen-3ya.example", ["https://münchen.example/"], ["https://munchen.example/"]),
        ("10.0.0.7:80", ["http://10.0.0.7/"], ["http://10.0.0.70/", "https://10.0.0.7/"]),
    ],
)  # fmt: skip
def test_a_host_permits_itself_and_nothing_that_looks_like_it(entry, yes, no):
    def permitted(text):
        try:
            return permits([entry], URL(text))
        except ValueError:
            return False

    assert [text for text in yes if not permitted(text)] == []
    assert [text for text in no if permitted(text)] == []
