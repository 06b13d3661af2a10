"""Where one signs in at a server: what it and its authorization server say of themselves (RFC 9728, 8414).

All of it is a stranger's word. Each address is fetched through the guarded way out, within bounds and
without following anybody further; each must be https, except on loopback where the administrator's list names
it: secrets and people go there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from yarl import URL

from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.values import Json
from workers.outgoing import HttpWithSecrets

MOST_BYTES: Final = 200_000
PATIENCE_S: Final = 20.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_METHODS: Final = ("none", "client_secret_post", "client_secret_basic")
"""How a client says to a token endpoint who it is; what we like best stands first."""


class SignInError(Exception):
    """Signing in cannot go on; `code`, `message` and `hint` are for the person who wants to."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True)
class SignInServer:
    """Where one signs in for `resource`. "" for what is not offered; `scope` is what we ask for."""

    issuer: str
    authorize: str
    token: str
    register: str
    revoke: str
    methods: tuple[str, ...]
    says_issuer: bool
    resource: str
    scope: str

    def to_json(self) -> dict[str, Any]:
        """As a row keeps it."""
        return {**vars(self), "methods": list(self.methods)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SignInServer:
        return cls(**{**value, "methods": tuple(value["methods"])})


async def find_server(http: HttpWithSecrets, address: str) -> SignInServer:
    """Where one signs in to use the server at `address`. Raises SignInError, or NodeError of the way out."""
    challenge = await _challenge(http, address)
    told = challenge.get("resource_metadata", "")
    about = None
    for place in [told] if told else list(_beside(address, "oauth-protected-resource")):
        about = await _fetched(http, place)
        if about is not None:
            break
    if about is None:
        # Servers of 2025-03-26 are their own authorization server, and say nothing of it.
        resource, issuer, scopes = address, str(URL(address).origin()), []
    else:
        resource, issuer = _resource(about, address), _first_of(about.get("authorization_servers"))
        scopes = _texts(about.get("scopes_supported"))
    if challenge.get("scope"):
        scopes = challenge["scope"].split()
    return await _server(http, issuer, resource, scopes)


async def _server(http: HttpWithSecrets, issuer: str, resource: str, scopes: list[str]) -> SignInServer:
    host = URL(safe_address(http, issuer)).host
    for place in _metadata_places(issuer):
        said = await _fetched(http, place)
        if said is None:
            continue
        if str(said.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise impossible(f"{host!r} calls itself by another name than the server that sends us there")
        if "S256" not in _texts(said.get("code_challenge_methods_supported")):
            raise impossible(f"{host!r} does not offer PKCE, without which an answer could be stolen")

        def place_of(name: str, said: Mapping[str, Json] = said) -> str:
            return safe_address(http, str(said[name])) if said.get(name) else ""

        if not said.get("authorization_endpoint") or not said.get("token_endpoint"):
            raise impossible(f"{host!r} does not say where one signs in")
        if scopes and "offline_access" in _texts(said.get("scopes_supported")):
            scopes = [*scopes, "offline_access"]  # else some give nothing to renew tokens with
        methods = _texts(said.get("token_endpoint_auth_methods_supported")) or ["client_secret_basic"]
        return SignInServer(
            issuer=str(said["issuer"]),
            authorize=place_of("authorization_endpoint"),
            token=place_of("token_endpoint"),
            register=place_of("registration_endpoint"),
            revoke=place_of("revocation_endpoint"),
            methods=tuple(one for one in _METHODS if one in methods),
            says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
            resource=resource,
            scope=" ".join(dict.fromkeys(scopes))[:2_000],
        )
    raise impossible(f"{host!r} does not say how one signs in")


def safe_address(http: HttpWithSecrets, text: str) -> str:
    """The address, if something secret or a person may go there. Raises SignInError."""
    try:
        url = URL(text)
        is_whole = bool(url.host) and bool(url.port) and url.user is None and not url.fragment
    except ValueError:
        url, is_whole = URL(), False
    is_listed = url.host in _LOOPBACK and http.is_listed(url.host, url.port or 0)
    if (
        not is_whole
        or len(text) > 2_000
        or not (url.scheme == "https" or (url.scheme == "http" and is_listed))
    ):
        raise impossible(f"it leads to {text[:200]!r}, which is no safe address: it must begin with https://")
    return str(url)


def impossible(why: str) -> SignInError:
    """For a server at which we cannot sign in."""
    return SignInError(
        "sign_in_impossible",
        f"We cannot sign in there: {why}.",
        "Check the address of the server. If it gives out keys, connect it with a secret instead.",
    )


async def _challenge(http: HttpWithSecrets, address: str) -> dict[str, str]:
    """What a server says to one who knocks without a key: the parameters of its `Bearer` challenge."""
    knock: Json = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream"}
    async with http.open("POST", address, headers=headers, json=knock, read_timeout_s=PATIENCE_S) as (
        response,
        _,
    ):
        challenges = response.headers.getall("WWW-Authenticate", []) if response.status == 401 else []
    for one in challenges:
        if one.strip().lower().startswith("bearer"):
            return {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(one)}
    return {}


async def _fetched(http: HttpWithSecrets, place: str) -> dict[str, Json] | None:
    """The object at an address; None where there is none."""
    response = await http.request(
        "GET",
        safe_address(http, place),
        headers={"Accept": "application/json"},
        timeout_s=PATIENCE_S,
        max_bytes=MOST_BYTES,
        follow_redirects=False,
    )
    if response.status != 200:
        return None
    try:
        said = data_of(response.body.decode("utf-8", "replace"))
    except NotData:
        return None
    return said if isinstance(said, dict) else None


def _beside(address: str, name: str) -> Iterator[str]:
    """The well-known places for what is at `address`: of its own path, and of its host."""
    url = URL(address)
    path = url.path.rstrip("/")
    if path:
        yield str(url.origin().with_path(f"/.well-known/{name}{path}"))
    yield str(url.origin().with_path(f"/.well-known/{name}"))


def _metadata_places(issuer: str) -> Iterator[str]:
    """Where an authorization server says of itself what it is, in the order of the specification of MCP."""
    url = URL(issuer)
    path = url.path.rstrip("/")
    yield str(url.origin().with_path(f"/.well-known/oauth-authorization-server{path}"))
    yield str(url.origin().with_path(f"/.well-known/openid-configuration{path}"))
    if path:
        yield str(url.origin().with_path(f"{path}/.well-known/openid-configuration"))


def _resource(about: Mapping[str, Json], address: str) -> str:
    """What tokens are asked for: the server itself, or a part of its host that it lies in."""
    resource = str(about.get("resource", ""))
    try:
        wide, narrow = URL(resource), URL(address)
        is_its = wide.origin() == narrow.origin() and not wide.fragment and len(resource) <= 2_000
        path = wide.path.rstrip("/")
        is_its = is_its and (narrow.path.rstrip("/") == path or narrow.path.startswith(f"{path}/"))
    except ValueError:
        is_its = False
    if not is_its:
        raise impossible("the server says that a key for it is a key for something else")
    return resource


def _first_of(servers: Json) -> str:
    found = _texts(servers)
    if not found:
        raise impossible("the server does not say where one signs in")
    return found[0]


def _texts(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
