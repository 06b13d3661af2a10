"""Signs in at sources, where somebody asked for that: finds the place, makes tokens of what came back, gives
tokens back. Any worker takes a waiting row up, also one whose worker is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from backend.runs.reads import read
from backend.tools.models import SignInPhase, SourceSignIn
from backend.tools.sign_ins import attempt_of, redirect_address
from backend.tools.tokens import (
    Client,
    claim_work,
    client_of,
    end_old_attempts,
    give_up,
    keep_address,
    keep_client,
    keep_first,
    left,
    tokens_of,
)
from nodes.sdk.errors import NodeError
from workers.outgoing import HttpWithSecrets
from workers.tools.oauth_places import SignInError, SignInServer, find_server, impossible
from workers.tools.oauth_requests import (
    Refused,
    authorize_address,
    first_tokens,
    new_verifier,
    register,
    revoke,
)

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
PATIENCE_S: Final = 60.0
_LEASE: Final = timedelta(seconds=PATIENCE_S + 30)


class SignIns:
    """One for a worker process. `serve()` turns for ever and works on one sign-in at a time."""

    def __init__(self, http_of: Callable[[UUID], HttpWithSecrets], owner: str) -> None:
        self._http_of = http_of
        self._owner = owner

    async def serve(self) -> None:
        """Waits for what people and their browsers ask for."""
        while True:
            try:
                while (row := await read(claim_work, self._owner, _LEASE)) is not None:
                    await self._work(row)
                await read(end_old_attempts)
            except Exception as error:
                log.error("Looking for sign-ins failed; trying again.", exc_info=error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _work(self, row: SourceSignIn) -> None:
        http = self._http_of(row.workspace_id)
        if row.phase == SignInPhase.LEAVING:
            await self._leave(row, http)
            return
        is_unknown = False
        try:
            async with asyncio.timeout(PATIENCE_S):
                if row.phase == SignInPhase.PREPARING:
                    await self._prepare(row, http)
                else:
                    await self._finish(row, http)
            return
        except (SignInError, NodeError) as error:
            said = {"code": error.code, "message": error.message, "hint": error.hint}
        except Refused as error:
            is_unknown = error.code in ("invalid_client", "unauthorized_client") and not row.is_typed
            said = _said("sign_in_failed", f"The other server gave us nothing for your sign-in{error.said}.")
        except TimeoutError:
            said = _said("sign_in_failed", f"The other server did not answer within {PATIENCE_S:g} seconds.")
        except Exception as error:
            log.error("The sign-in %s failed.", row.pk, exc_info=error)
            said = _said("sign_in_failed", "Something unexpected happened.")
        await read(give_up, row, self._owner, said, forget_client=is_unknown)

    async def _prepare(self, row: SourceSignIn, http: HttpWithSecrets) -> None:
        """Finds out where one signs in and who we are there, and offers the person the way."""
        assert row.source is not None
        redirect = redirect_address()
        _require_safe(redirect)
        server = await find_server(http, row.source.address)
        client = await _client(row, http, server, redirect)
        known = {**server.to_json(), "redirect": redirect}
        if not await read(keep_client, row, self._owner, known, client):
            return  # begun anew, or signed out
        state, verifier = new_verifier(), new_verifier()
        address = authorize_address(server, client, redirect=redirect, state=state, verifier=verifier)
        attempt = {"verifier": verifier, "redirect": redirect, "address": address}
        await read(keep_address, row, self._owner, state, attempt)

    async def _finish(self, row: SourceSignIn, http: HttpWithSecrets) -> None:
        """Makes tokens of the code. One that a worker spent before it could say so is refused here."""
        attempt = await read(attempt_of, row)
        if not attempt.get("code"):
            raise SignInError("sign_in_failed", "What came back cannot be read any more.", _HINT)
        tokens = await first_tokens(
            http,
            server_of(row),
            await read(client_of, row),
            code=attempt["code"],
            verifier=attempt["verifier"],
            redirect=attempt["redirect"],
        )
        await read(keep_first, row, self._owner, tokens)

    async def _leave(self, row: SourceSignIn, http: HttpWithSecrets) -> None:
        """Has tokens revoked. Where that fails they are forgotten all the same, and end by themselves."""
        tokens = await read(tokens_of, row)
        if tokens is not None:
            with suppress(Refused, NodeError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await revoke(http, tokens)
        await read(left, row, self._owner)


def server_of(row: SourceSignIn) -> SignInServer:
    """Where one signs in, as it was found out."""
    return SignInServer.from_json({key: said for key, said in row.server.items() if key != "redirect"})


async def _client(row: SourceSignIn, http: HttpWithSecrets, server: SignInServer, redirect: str) -> Client:
    """Who we are there: the client that a person typed in, the one we were before, or a new one."""
    before = row.server
    is_same = before.get("issuer") == server.issuer and before.get("token") == server.token
    if row.is_typed and row.client_id:
        # A secret that was typed for one server is never shown to another.
        if before and not is_same:
            raise _no_client("The server names another place to sign in than before.")
        return await read(client_of, row)
    if row.client_id and is_same and before.get("redirect") == redirect:
        return await read(client_of, row)
    if not server.register:
        raise _no_client("The server that one signs in at does not register us by itself.")
    return await register(http, server, redirect)


def _no_client(why: str) -> SignInError:
    hint = f"Register an app there with the address {redirect_address()}, and enter its client ID here."
    return SignInError("sign_in_needs_client", why, hint)


def _require_safe(redirect: str) -> None:
    """Raises SignInError where a code would come back to us in the open."""
    url = urlsplit(redirect)
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise impossible("this installation is not reached by https (TREADLE_URL), so others could listen")


_HINT: Final = "Sign in again under Tools."


def _said(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message, "hint": _HINT}
