"""n8n: published workflows behind its webhooks, on its default SQLite database, in one process.

Measured twice: with its default expression engine, and as `n8n-legacy` with the one it names `legacy`, which
is the faster. Settings: telemetry, hiring banner and update checks off, its log at errors. Its chat is an
*AI Agent* that streams, the only kind of step there that can.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Ask
from bench.peers.places import PLACES, environment
from bench.peers.served.builder import BRANCHES, MODEL, SLOW, Site

LANGCHAIN = "@n8n/n8n-nodes-langchain."
MARK = b'"type":"item"'


@dataclass(frozen=True)
class N8n:
    """See the module; `engine`: of expressions, its own choice when empty."""

    name: str = "n8n"
    engine: str = ""
    place: str = "n8n"
    package: str = "n8n"

    def command(self, *arguments: str) -> Sequence[str]:
        """`n8n start`, by the Node that it wants."""
        program = PLACES[self.place].folder / "node_modules/.bin/n8n"
        return [str(PLACES[self.place].interpreter()), str(program), *(arguments or ("start",))]

    def environment(self, site: Site) -> Mapping[str, str]:
        """All its files in the folder."""
        off = ("DIAGNOSTICS_ENABLED", "VERSION_NOTIFICATIONS_ENABLED", "HIRING_BANNER_ENABLED")
        return {
            "HOME": str(site.folder),
            "N8N_USER_FOLDER": str(site.folder),
            "N8N_PORT": str(site.port),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_LOG_LEVEL": "error",
            "N8N_SECURE_COOKIE": "false",
            **{f"N8N_{name}": "false" for name in off},
            "N8N_RUNNERS_BROKER_PORT": str(site.port + 1),
            "N8N_TEMPLATES_ENABLED": "false",
            **({"N8N_EXPRESSION_ENGINE": self.engine} if self.engine else {}),
        }

    def health(self) -> str:
        """Ready, not only there."""
        return "/healthz/readiness"

    def prepare(self, site: Site) -> None:
        """Brings in the credential and the workflows, and publishes them, by its command line."""
        secret = {"apiKey": "none", "url": site.model}
        credential = {"id": "fakefakefakefake", "name": "fake", "type": "openAiApi", "data": secret}
        workflows = [_run(), _branches(site), _chat(site)]
        for kind, things in (("credentials", [credential]), ("workflow", workflows)):
            path = site.folder / f"{kind}.json"
            path.write_text(json.dumps(things))
            self._do(site, f"import:{kind}", f"--input={path}")
        for workflow in workflows:
            self._do(site, "publish:workflow", f"--id={workflow['id']}")

    def bring(self, site: Site, workflows: Path) -> None:
        """Brings in workflows from a file, and publishes none."""
        self._do(site, "import:workflow", f"--input={workflows}")

    def publish(self, site: Site) -> Mapping[str, Ask]:
        """They are served already."""
        ask = {"query": "Hello"}
        chat = {"action": "sendMessage", "sessionId": "bench", "chatInput": "Hello"}
        return {
            "run": Ask(f"{site.address}/webhook/run", ask, right=b'"answer":"Hello!"'),
            "branches": Ask(f"{site.address}/webhook/branches", ask, right=b'"answer":"done"'),
            "chat": Ask(f"{site.address}/webhook/chatchat/chat", chat, right=MARK, token=MARK),
        }

    def _do(self, site: Site, *arguments: str) -> None:
        env = {**os.environ, **environment(), **self.environment(site)}
        done = subprocess.run(self.command(*arguments), env=env, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"n8n {arguments[0]}: {(done.stdout + done.stderr)[-400:]}")


def _node(name: str, kind: str, version: float, **parameters: Any) -> dict[str, Any]:
    kind = kind if kind.startswith("@") else f"n8n-nodes-base.{kind}"
    said = {"id": name, "name": name, "type": kind, "typeVersion": version, "position": [0, 0]}
    return {**said, "parameters": parameters}


def _workflow(
    name: str, nodes: list[dict[str, Any]], edges: list[tuple[str, str]], kind: str = "main"
) -> dict[str, Any]:
    wires: dict[str, Any] = {}
    for source, target in edges:
        at = kind if source == "model" else "main"
        first = wires.setdefault(source, {}).setdefault(at, [[]])[0]
        first.append({"node": target, "type": at, "index": 0})
    return {"id": f"{name:x<16}", "name": name, "nodes": nodes, "connections": wires, "active": False}


def _webhook(path: str) -> dict[str, Any]:
    asked = _node(
        "asked", "webhook", 2.1, httpMethod="POST", path=path, responseMode="responseNode", options={}
    )
    return {**asked, "webhookId": path}


def _set(name: str, text: str) -> dict[str, Any]:
    said = {"assignments": [{"id": "1", "name": "answer", "value": text, "type": "string"}]}
    return _node(name, "set", 3.4, assignments=said, options={})


def _run() -> dict[str, Any]:
    """Webhook, one field set by an expression, answer."""
    said = _node("said", "respondToWebhook", 1.5, respondWith="firstIncomingItem", options={})
    nodes = [_webhook("run"), _set("say", "={{ $json.body.query }}!"), said]
    return _workflow("run", nodes, [("asked", "say"), ("say", "said")])


def _branches(site: Site) -> dict[str, Any]:
    """Webhook, twenty HTTP requests side by side, merged, answer."""
    post = {
        "method": "POST",
        "url": f"{site.model}/chat/completions",
        "sendBody": True,
        "options": {},
        "specifyBody": "json",
        "jsonBody": json.dumps(SLOW),
    }
    calls = [_node(f"call{i}", "httpRequest", 4.2, **post) for i in range(BRANCHES)]
    # Its merge takes at most ten: two of them, then one.
    merges = [_node(f"merge{i}", "merge", 3.2, numberInputs=10) for i in range(2)]
    both = _node("both", "merge", 3.2, numberInputs=2)
    once = _node("once", "limit", 1, maxItems=1)
    said = _node("said", "respondToWebhook", 1.5, respondWith="firstIncomingItem", options={})
    nodes = [_webhook("branches"), *calls, *merges, both, once, _set("text", "done"), said]
    edges = [("asked", one["name"]) for one in calls] + [("both", "once"), ("once", "text"), ("text", "said")]
    workflow = _workflow("branches", nodes, edges)
    for i, one in enumerate(calls):
        target = {"node": f"merge{i // 10}", "type": "main", "index": i % 10}
        workflow["connections"][one["name"]] = {"main": [[target]]}
    for i in range(2):
        workflow["connections"][f"merge{i}"] = {"main": [[{"node": "both", "type": "main", "index": i}]]}
    return workflow


def _chat(site: Site) -> dict[str, Any]:
    """A public chat, an agent that streams, an OpenAI model at the fake address."""
    asked = _node(
        "asked",
        f"{LANGCHAIN}chatTrigger",
        1.3,
        public=True,
        mode="webhook",
        options={"responseMode": "streaming"},
    )
    agent = _node("agent", f"{LANGCHAIN}agent", 3, options={"enableStreaming": True})
    model = _node(
        "model",
        f"{LANGCHAIN}lmChatOpenAi",
        1.3,
        model={"__rl": True, "mode": "id", "value": MODEL},
        responsesApiEnabled=False,
        options={"baseURL": site.model},
    )
    model["credentials"] = {"openAiApi": {"id": "fakefakefakefake", "name": "fake"}}
    edges = [("asked", "agent"), ("model", "agent")]
    return _workflow("chat", [{**asked, "webhookId": "chatchat"}, agent, model], edges, "ai_languageModel")
