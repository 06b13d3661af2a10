"""Node-RED: `http in`, `template`, `http response`. It keeps nothing of what it was asked and has no models.

Settings: as they come, its editor left on as a person would have it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.load import Ask
from bench.peers.places import PLACES
from bench.peers.served.builder import BRANCHES, SLOW, Site


class NodeRed:
    """See the module."""

    name, place, package = "node-red", "node-red", "node-red"

    def command(self) -> Sequence[str]:
        """`node-red`, by the Node that it wants."""
        folder = PLACES[self.place].folder
        return [str(PLACES[self.place].interpreter()), str(folder / "node_modules/.bin/node-red")]

    def environment(self, site: Site) -> Mapping[str, str]:
        """Its folder; the port and address are in its settings file."""
        return {"HOME": str(site.folder), "NODE_RED_HOME": str(site.folder)}

    def health(self) -> str:
        """A flow of ours, which answers when flows are started."""
        return "/well"

    def prepare(self, site: Site) -> None:
        """Its settings and its flows."""
        home = site.folder / ".node-red"
        home.mkdir(exist_ok=True)
        settings = {"uiPort": site.port, "uiHost": "127.0.0.1", "flowFile": "flows.json"}
        settings["logging"] = {"console": {"level": "error"}}
        (home / "settings.js").write_text(f"module.exports = {json.dumps(settings)};\n")
        (home / "flows.json").write_text(json.dumps(list(_flows(site))))

    def publish(self, site: Site) -> Mapping[str, Ask]:
        """They are served already."""
        ask = {"query": "Hello"}
        return {
            "run": Ask(f"{site.address}/run", ask, right=b"Hello!"),
            "branches": Ask(f"{site.address}/branches", ask, right=b"done"),
        }


def _flows(site: Site) -> list[dict[str, Any]]:
    """/well, /run and /branches."""
    tab = {"id": "tab", "type": "tab", "label": "bench"}

    def node(name: str, kind: str, wires: list[str], **more: Any) -> dict[str, Any]:
        return {"id": name, "type": kind, "z": "tab", "x": 0, "y": 0, "wires": [wires], **more}

    def template(name: str, text: str, wires: list[str]) -> dict[str, Any]:
        kind = {"field": "payload", "fieldType": "msg", "format": "handlebars", "syntax": "mustache"}
        return node(name, "template", wires, template=text, output="str", **kind)

    calls = [f"call{i}" for i in range(BRANCHES)]
    body = json.dumps(SLOW)
    post = {"method": "POST", "url": f"{site.model}/chat/completions", "ret": "obj", "paytoqs": "ignore"}
    joined = {
        "mode": "custom",
        "build": "array",
        "property": "payload",
        "propertyType": "msg",
        "key": "topic",
        "joiner": "",
        "joinerType": "str",
        "accumulate": False,
        "timeout": "",
        "count": str(BRANCHES),
    }
    ask = {
        "property": "payload",
        "propertyType": "msg",
        "syntax": "plain",
        "format": "text",
        "fieldType": "msg",
    }
    return [
        tab,
        node("well", "http in", ["fine"], url="/well", method="get"),
        node("fine", "http response", [], statusCode="200", headers={}),
        node("asked", "http in", ["say"], url="/run", method="post"),
        template("say", "{{{payload.query}}}!", ["said"]),
        node("said", "http response", [], statusCode="200", headers={}),
        node("many", "http in", ["body"], url="/branches", method="post"),
        node("body", "template", calls, field="payload", template=body, output="json", **ask),
        *(node(name, "http request", ["join"], **post) for name in calls),
        node("join", "join", ["text"], **joined),
        template("text", "done", ["done"]),
        node("done", "http response", [], statusCode="200", headers={}),
    ]
