"""What the bell says: the names that those who ring and those who answer agree on, and a message as Celery's
worker hears it. Celery's own way to send one takes longer than all that a web process does else for a run.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

TASK = "runs.execute"
QUEUE = "runs"

_NO_MORE: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def message(task: str, *args: Any) -> str:
    """What lies in the queue's list in Redis when `task` is called with `args` by Celery's protocol 2."""
    id = str(uuid4())
    headers = {
        "lang": "py",
        "task": task,
        "id": id,
        "root_id": id,
        "parent_id": None,
        "group": None,
        "group_index": None,
        "shadow": None,
        "eta": None,
        "expires": None,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": "",
        "kwargsrepr": "{}",
        "origin": "treadle",
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }
    properties = {
        "correlation_id": id,
        "reply_to": "",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": id,
    }
    return json.dumps(
        {
            "body": b64encode(json.dumps([args, {}, _NO_MORE]).encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": headers,
            "properties": properties,
        }
    )
