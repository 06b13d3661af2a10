"""Tells open sockets of a person at once that their rights have changed; each then asks anew.

Only a nudge: a socket also asks by itself every few seconds, so nothing is lost when Redis is away.
"""

import asyncio
import logging
import uuid

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger("treadle.accounts")

_MOST_S = 2.0


def sockets_of(user_id: uuid.UUID) -> str:
    """The name of the group that a person's sockets are in."""
    return f"person.{user_id}"


def rights_changed(user_id: uuid.UUID) -> None:
    """Nudges the person's sockets once this transaction is committed."""
    transaction.on_commit(lambda: async_to_sync(_nudge)(user_id))


async def _nudge(user_id: uuid.UUID) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        await asyncio.wait_for(layer.group_send(sockets_of(user_id), {"type": "rights.changed"}), _MOST_S)
    except Exception as error:  # whatever a broken Redis raises: the sockets find out by themselves
        logger.warning("The sockets of %s could not be told of their rights: %r", user_id, error)
