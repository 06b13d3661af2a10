"""A server of the official package on standard input, with tools that misbehave when they are asked to."""

import os
import subprocess
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("The office", log_level="ERROR")
if len(sys.argv) > 1:
    with open(sys.argv[1], "a") as starts:
        starts.write(f"{os.getpid()}\n")


@server.tool()
def find_order(number: str) -> dict[str, str]:
    """Says where an order is."""
    return {"number": number, "status": "on its way"}


@server.tool()
def surroundings() -> dict[str, str]:
    """What it was started with."""
    return {**os.environ, "FOLDER": os.getcwd(), "SESSION": str(os.getsid(0) == os.getpid())}


@server.tool()
def leave_behind() -> str:
    """Starts a program that would outlive it."""
    return str(subprocess.Popen(["/bin/sleep", "600"]).pid)


@server.tool()
def die() -> str:
    """Ends in the middle of a call."""
    sys.stderr.write("I have had enough.\n")
    sys.stderr.flush()
    os._exit(3)


if __name__ == "__main__":
    server.run("stdio")
