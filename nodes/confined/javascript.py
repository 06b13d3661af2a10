"""JavaScript, by QuickJS in this process, which has been shut in before."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

from _quickjs import Context, JSException

_STACK = 512 * 1024
_MOST_PRINTED = 200_000
# What is used at the end is taken hold of at the beginning: the code may change every name it sees.
_BEFORE = """
(() => {
  const S = JSON.stringify, P = JSON.parse, text = String, said = [], none = Object.create;
  let size = 0;
  const say = (...parts) => {
    const line = parts.map((one) => (typeof one === "string" ? one : S(one) ?? text(one))).join(" ");
    if ((size += line.length) < MOST) said.push(line);
  };
  globalThis.console = {log: say, info: say, warn: say, error: say, debug: say};
  return (inputs) => {
    const out = none(null);
    const keep = (value) => { out.done = S(value === undefined ? null : value); };
    const fail = (error) => {
      const is = error instanceof Error;
      out.error = is ? `${error.name}: ${error.message}` : text(error);
      out.stack = is ? text(error.stack) : "";
    };
    try {
      const given = (0, eval)("main")(P(inputs));
      if (given && typeof given.then === "function") given.then(keep, fail);
      else keep(given);
    } catch (error) { fail(error); }
    return () => {
      out.said = "";
      for (let i = 0; i < said.length; i++) out.said += said[i] + "\\n";
      return S(out);
    };
  };
})()
""".replace("MOST", str(_MOST_PRINTED))
_LINE = re.compile(r"<input>:(\d+)")


def arm(time_s: float) -> None:
    """The engine minds its time itself."""


def run(job: dict[str, Any]) -> dict[str, Any]:
    """What `main` gives, or why it gave nothing."""
    context = Context()
    context.set_memory_limit(job["memory_bytes"])
    context.set_max_stack_size(_STACK)
    context.set_time_limit(job["time_s"])
    late = time.monotonic() + job["time_s"]
    try:
        call = context.eval(_BEFORE)
        context.eval(job["source"])
        if context.eval("typeof main") != "function":
            return _error("no_main", "")
        tell = call(json.dumps(job["inputs"]))
        while context.execute_pending_job():
            if time.monotonic() > late:  # each job may be short, and they may never end
                return _error("time", "")
        told = json.loads(tell())
    except JSException as error:
        return _why(str(error), str(error))
    except (MemoryError, RecursionError):
        return _error("memory", "")
    sys.stdout.write(told.get("said") or "")
    if "error" in told:
        return _why(told["error"], told.get("stack") or "")
    if "done" not in told:
        return _error("failed", "The promise that main gave was never kept.")
    return {"value": json.loads(told["done"])}


def _why(what: str, stack: str) -> dict[str, Any]:
    head = what.strip().split("\n", 1)[0]
    found = _LINE.search(stack)
    line = int(found[1]) if found else None
    if "interrupted" in head:
        return _error("time", head)
    if "out of memory" in head or head in ("null", ""):
        return _error("memory", head)
    return _error("syntax" if head.startswith("SyntaxError") else "failed", head, line)


def _error(kind: str, what: str, line: int | None = None) -> dict[str, Any]:
    return {"error": {"kind": kind, "what": what[:500], "line": line}}
