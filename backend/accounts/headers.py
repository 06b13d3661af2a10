"""Content-Security-Policies by kind of answer. Whoever serves a page says who may frame it."""

_PAGE = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# A picture opened by itself is a document: it runs nothing and fetches nothing.
IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def page_policy(ancestors: str = "'none'") -> str:
    """The policy of an HTML page that `ancestors` may frame: nobody, unless said."""
    return _PAGE.format(ancestors=ancestors)
