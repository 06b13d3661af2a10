"""Flowise: its newer flows (Agentflow), called by its prediction API, on its default SQLite database.

Settings: telemetry off, its log at errors. `run`: start and two *Direct Reply*, its own template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.load import Ask
from bench.peers.places import PLACES
from bench.peers.served.builder import BRANCHES, MODEL, SLOW, Client, Site

MARK = b'"event":"token"'


class Flowise:
    """See the module."""

    name, place, package = "flowise", "flowise", "flowise"

    def command(self) -> Sequence[str]:
        """`flowise start`, by the Node that it wants."""
        folder = PLACES[self.place].folder
        return [str(PLACES[self.place].interpreter()), str(folder / "node_modules/.bin/flowise"), "start"]

    def environment(self, site: Site) -> Mapping[str, str]:
        """All its files in the folder."""
        here = str(site.folder)
        return {
            "PORT": str(site.port),
            "HOST": "127.0.0.1",
            "HOME": here,
            "DATABASE_PATH": here,
            "SECRETKEY_PATH": here,
            "LOG_PATH": f"{here}/logs",
            "BLOB_STORAGE_PATH": f"{here}/storage",
            "DISABLE_FLOWISE_TELEMETRY": "true",
            "LOG_LEVEL": "error",
            "HTTP_SECURITY_CHECK": "false",
        }

    def health(self) -> str:
        """Its ping."""
        return "/api/v1/ping"

    def prepare(self, site: Site) -> None:
        """Nothing."""

    def publish(self, site: Site) -> Mapping[str, Ask]:
        """Registers the first person, then makes the flows; predictions need no key."""
        client = Client(site.address, {"x-request-from": "internal"})
        email, password = "bench@example.com", "Bench-1234-x"
        user = {"name": "bench", "email": email, "credential": password}
        client.call("POST", "/api/v1/account/register", {"user": user})
        client.call("POST", "/api/v1/auth/login", {"email": email, "password": password})
        secret = {"name": "fake", "credentialName": "openAIApi", "plainDataObj": {"openAIApiKey": "none"}}
        credential = client.call("POST", "/api/v1/credentials", secret)["id"]
        kinds: dict[str, Any] = {}

        def node(node_id: str, kind: str, **inputs: Any) -> dict[str, Any]:
            """A step, with the description that its canvas would store with it."""
            if kind not in kinds:
                kinds[kind] = client.call("GET", f"/api/v1/nodes/{kind}")
            described = {key: value for key, value in kinds[kind].items() if key != "inputs"}
            outputs = [{"id": f"{node_id}-output-{kind}", "label": kind, "name": kind}]
            data = {
                **described,
                "id": node_id,
                "inputParams": [{**one, "id": f"{node_id}-{one['name']}"} for one in kinds[kind]["inputs"]],
                "inputAnchors": [],
                "inputs": inputs,
                "outputAnchors": outputs,
                "outputs": {},
            }
            return {"id": node_id, "type": "agentFlow", "position": {"x": 0, "y": 0}, "data": data}

        def made(name: str, nodes: list[dict[str, Any]], edges: list[tuple[str, str]]) -> str:
            """The address of a new flow."""
            kind = {one["id"]: one["data"]["name"] for one in nodes}
            drawn = [
                {
                    "id": f"{source}-{target}",
                    "source": source,
                    "target": target,
                    "type": "agentFlow",
                    "sourceHandle": f"{source}-output-{kind[source]}",
                    "targetHandle": target,
                    "data": {},
                }
                for source, target in edges
            ]
            flow = {"name": name, "type": "AGENTFLOW", "deployed": True, "isPublic": True}
            flow["flowData"] = json.dumps({"nodes": nodes, "edges": drawn})
            return f"{site.address}/api/v1/prediction/{client.call('POST', '/api/v1/chatflows', flow)['id']}"

        start = node("startAgentflow_0", "startAgentflow", startInputType="chatInput")
        first = node("directReplyAgentflow_0", "directReplyAgentflow", directReplyMessage="{{ question }}!")
        said = "{{ directReplyAgentflow_0 }}"
        second = node("directReplyAgentflow_1", "directReplyAgentflow", directReplyMessage=said)
        ids = [one["id"] for one in (start, first, second)]
        run = made("echo", [start, first, second], [(ids[0], ids[1]), (ids[1], ids[2])])

        config = {
            "credential": credential,
            "FLOWISE_CREDENTIAL_ID": credential,
            "llmModel": "chatOpenAI",
            "modelName": MODEL,
            "streaming": True,
            "basepath": site.model,
        }
        model = node(
            "llmAgentflow_0",
            "llmAgentflow",
            llmModel="chatOpenAI",
            llmMessages=[],
            llmUserMessage="{{ question }}",
            llmEnableMemory=False,
            llmReturnResponseAs="userMessage",
            llmModelConfig=config,
        )
        chat = made("chat", [start, model], [("startAgentflow_0", "llmAgentflow_0")])

        calls = [
            node(
                f"httpAgentflow_{i}",
                "httpAgentflow",
                method="POST",
                url=f"{site.model}/chat/completions",
                bodyType="json",
                body=json.dumps(SLOW),
                responseType="json",
            )
            for i in range(BRANCHES)
        ]
        done = node("directReplyAgentflow_0", "directReplyAgentflow", directReplyMessage="done")
        edges = [("startAgentflow_0", one["id"]) for one in calls]
        edges += [(one["id"], "directReplyAgentflow_0") for one in calls]
        branches = made("branches", [start, *calls, done], edges)
        ask = {"question": "Hello"}
        return {
            "run": Ask(run, ask, right=b'"text":"Hello!"'),
            "branches": Ask(branches, ask, right=b'"text":"done"'),
            "chat": Ask(chat, {**ask, "streaming": True}, right=MARK, token=MARK),
        }
