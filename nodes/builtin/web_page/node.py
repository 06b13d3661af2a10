"""A page on the web, read as a person would."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.web_answers import require_success

ASKS = {
    "Accept": "text/html,application/xhtml+xml,text/markdown,text/plain,application/pdf;q=0.9,*/*;q=0.5",
    "User-Agent": "Mozilla/5.0 (compatible; Treadle)",
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"[^/?#\s\\@:]+\.[^/?#\s\\@:]+(:[0-9]{1,5})?([/?#]\S*)?\Z")
_CHARSET = re.compile(r"charset=\s*\"?([A-Za-z0-9_-]{2,40})", re.IGNORECASE)
_ENDINGS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "md",
    "text/plain": "txt",
    "application/json": "txt",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


class WebPage(Node):
    """Fetches a page on the web and reads what it is about, without menus and notes around it."""

    type, title, group, effects = "web_page", "Read a web page", "Do", "read"
    fails_with = (
        *WEB_ERRORS,
        "reader_busy",
        "document_no_text",
        "document_not_supported",
        "document_broken",
        "document_locked",
        "document_unsafe",
        "document_too_large",
        "document_too_complex",
    )
    sentence = "Reads: {address}"
    is_tool = True

    class Config(NodeConfig):
        address: str = Field(
            title="Address",
            help="Of one page, such as one that was found by a search.",
            widget="template",
            one_line=True,
            placeholder="https://example.com/news",
            max_length=4_000,
        )
        most: int = Field(
            20_000,
            title="How many characters at most",
            help="What goes beyond is left out, for an AI model reads only so much.",
            widget="number",
            ge=1,
            le=500_000,
        )
        timeout_s: float = Field(20, title="Wait at most (seconds)", widget="number", ge=1, le=120, more=True)
        max_kb: int = Field(3_000, title="Largest page (kB)", widget="number", ge=1, le=5_000, more=True)

    class Output(NodeOutput):
        title: str = Field(title="Title")
        text: str = Field(title="Text")
        url: str = Field(title="Address")
        is_cut: bool = Field(title="Whether something was left out")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        address = config.get("address")
        if not isinstance(address, str) or not address.strip() or "{{" in address or _whole(address):
            return []
        return [
            Problem(
                "bad_web_address",
                "This is not a whole web address.",
                "Begin with https:// and the host, such as https://api.example.com/orders.",
                field="address",
            )
        ]

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        if not config.address.strip():
            raise NodeError(
                "info_missing",
                "There is no page to read: the address is empty.",
                "Fill it in, or use “if empty” for the information in it.",
            )
        address = _whole(config.address)
        if not address:
            raise NodeError(
                "address_refused",
                f"{config.address.strip()[:200]!r} is not the address of a web page.",
                "It begins with https:// and a host, such as https://example.com/news.",
            )
        response = await ctx.http.request(
            "GET", address, headers=ASKS, timeout_s=config.timeout_s, max_bytes=config.max_kb * 1_000
        )
        require_success(response, urlsplit(address).hostname or "The page")
        said = response.headers.get("content-type", "")
        charset = _CHARSET.search(said)
        found = await ctx.files.read_page(
            response.body,
            ending=_ENDINGS.get(said.partition(";")[0].strip().lower(), "html" if not said else ""),
            charset=charset[1] if charset else "",
            most=config.most,
        )
        return self.Output(
            title=found.title, text=found.text, url=response.url or address, is_cut=found.is_cut
        )


def _whole(text: str) -> str:
    """The address as it is asked for, "" for what is none. Without a beginning it is one by https."""
    text = text.strip().partition("#")[0]
    if _HOST.match(text) and not _SCHEME.match(text.partition("/")[0].partition(".")[0]):
        return f"https://{text}"
    return text if re.match(r"https?://[^/?#\s\\@]+([/?#]\S*)?\Z", text, re.IGNORECASE) else ""
