"""Langflow: flows of its own components, called by its run API, on its default SQLite database.

Settings: no starter projects, no editor's files, signed in by itself, telemetry off, its log at errors,
the fake model's address allowed. One worker process, its default.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence

from bench.load import Ask
from bench.peers.places import HERE, PLACES
from bench.peers.served.builder import Client, Site


class Langflow:
    """See the module."""

    name, place, package = "langflow", "langflow", "langflow"

    def command(self) -> Sequence[str]:
        """`langflow run`."""
        return [str(PLACES[self.place].folder / "bin/langflow"), "run", "--no-open-browser", "--backend-only"]

    def environment(self, site: Site) -> Mapping[str, str]:
        """All its files in the folder."""
        here = str(site.folder)
        return {
            "LANGFLOW_HOST": "127.0.0.1",
            "LANGFLOW_PORT": str(site.port),
            "HOME": here,
            "LANGFLOW_CONFIG_DIR": here,
            "LANGFLOW_SAVE_DB_IN_CONFIG_DIR": "true",
            "LANGFLOW_AUTO_LOGIN": "true",
            "LANGFLOW_CREATE_STARTER_PROJECTS": "false",
            "DO_NOT_TRACK": "true",
            "LANGFLOW_LOG_LEVEL": "error",
            "LANGFLOW_SSRF_ALLOWED_HOSTS": "127.0.0.1",
        }

    def health(self) -> str:
        """Its own health page."""
        return "/health"

    def prepare(self, site: Site) -> None:
        """Nothing."""

    def publish(self, site: Site) -> Mapping[str, Ask]:
        """Makes a key and the flows. Its branches are asked for nowhere: no component waits."""
        client = Client(site.address)
        token = client.call("GET", "/api/v1/auto_login")["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        key = client.call("POST", "/api/v1/api_key/", {"name": "bench"})["api_key"]
        program = [str(PLACES[self.place].interpreter()), str(HERE / "inside/langflow_flows.py"), site.model]
        said = subprocess.run(program, check=True, capture_output=True, text=True, timeout=180).stdout
        for name, flow in json.loads(said[said.index('{"echo"') :]).items():
            asked = {"name": name, "data": flow["data"], "endpoint_name": name}
            client.call("POST", "/api/v1/flows/", asked)
        ask = {"input_value": "Hello", "input_type": "chat", "output_type": "chat"}
        run = f"{site.address}/api/v1/run"
        headers = {"x-api-key": key}
        return {
            "run": Ask(f"{run}/echo?stream=false", ask, right=b'"text":"Hello!"', headers=headers),
            "chat": Ask(
                f"{run}/chat?stream=true",
                ask,
                right=b'"event": "token"',
                token=b'"event": "token"',
                headers=headers,
            ),
        }
