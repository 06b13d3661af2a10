"""The rounds of an agent: ask the model, make its calls, tell it what came of them, until it is done.

All of it follows from the results of the steps inside, so that after a crash it comes to the same place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import cast

from nodes.builtin.agent.approval import approve
from nodes.builtin.agent.calls import IN_SHORT, Came, Planned, Toolbox, make
from nodes.builtin.agent.replies import NO_ROOM, TOO_LONG, Reply, hear, reply_from_json
from nodes.builtin.agent.settings import Settings
from nodes.builtin.agent.window import Said, Window
from nodes.sdk import ChatMessage, ChatRequest, Json, NodeContext, NodeError, Usage
from nodes.sdk.asking import recent
from nodes.sdk.live_text import LiveText
from nodes.sdk.tokens import estimate_tokens

BETWEEN = "\n\n"
LOST = "(What was done after that is not known any more: there was no room for it.)"


class Work:
    """One run of an agent."""

    def __init__(self, config: Settings, ctx: NodeContext) -> None:
        self.config = config
        self.ctx = ctx
        self.toolbox = Toolbox(list(ctx.tools))
        system = (ChatMessage("system", config.instructions),) if config.instructions.strip() else ()
        begin = (*system, *recent(ctx.history, config.history_turns), ChatMessage("user", config.message))
        self.window = Window(begin, config.room)
        self.live = LiveText(ctx.say)
        self.text = ""
        self.answer = ""
        self.model = ""
        self.used = Usage()
        self.seconds = 0.0
        self.rounds = 0
        self.number = 0
        self.calls: list[Came] = []
        self.calls_json: list[Json] = []

    async def run(self) -> dict[str, Json]:
        """Goes round until the model answers or something is used up, and gives the agent's output."""
        while (limit := self._used_up()) is None:
            request = await self._make_room()
            closing = self._closing()
            reply = await self._reply(request, is_last=closing is not None)
            if reply.cut == NO_ROOM:
                if not self.window.shrink(request):
                    raise NodeError(
                        TOO_LONG, reply.fault, "Let its tools give less, or choose another model."
                    )
                continue
            if reply.cut:
                return self._end(self._cut_by(reply) or closing or "answer")
            if closing is not None or not (reply.calls or reply.fault):
                return self._end(closing or "answer")
            if reply.fault:
                self._tell_fault(reply)
            else:
                await self._make_calls(reply)
        return self._end(limit)

    def _used_up(self) -> str | None:
        """Which limit leaves no room for another reply."""
        config, used = self.config, self.used
        if config.most_tokens is not None and self._tokens_left(self._request()) < 1:
            return "tokens"
        if config.most_cost is not None and used.cost is not None and used.cost >= config.most_cost:
            return "cost"
        if config.most_seconds is not None and self.seconds >= config.most_seconds:
            return "time"
        return None

    def _closing(self) -> str | None:
        """Which limit makes the next reply the last one, in which nothing is called."""
        if self.rounds >= self.config.most_rounds:
            return "rounds"
        return "calls" if len(self.calls) >= self.config.most_calls else None

    def _cut_by(self, reply: Reply) -> str | None:
        if reply.cut == "time":
            return "time"
        config = self.config
        is_own = config.max_tokens is not None and reply.usage.completion_tokens >= config.max_tokens
        return "tokens" if config.most_tokens is not None and not is_own else None

    # The model

    def _request(self) -> ChatRequest:
        config = self.config
        request = ChatRequest(
            model=config.model,
            messages=(),
            temperature=config.temperature,
            max_tokens=config.max_tokens,
            seed=config.seed,
            tools=self.toolbox.specs,
        )
        return self.window.fit(request)

    def _tokens_left(self, request: ChatRequest) -> int:
        """How long a reply to `request` may be before the agent's tokens are used up."""
        spent = self.used.prompt_tokens + self.used.completion_tokens
        return (self.config.most_tokens or 0) - spent - self.window.size(request)

    async def _reply(self, request: ChatRequest, *, is_last: bool) -> Reply:
        if is_last and request.tools:
            request = replace(request, tool_choice="none")
        config = self.config
        if config.most_tokens is not None:
            left = max(1, self._tokens_left(request))
            request = replace(request, max_tokens=min(config.max_tokens or left, left))
        seconds = None if config.most_seconds is None else max(0.001, config.most_seconds - self.seconds)
        lead = f"{self.text}{BETWEEN}" if self.text else ""

        async def do(inner: NodeContext) -> Json:
            return await hear(inner, request, lambda words: self.live.tell(lead + words), seconds)

        reply = reply_from_json(await self.ctx.think(self.number, do))
        self.number += 1
        if reply.cut == NO_ROOM:
            return reply
        self.rounds += 1
        self._count(reply, request)
        if reply.text:
            self.text = lead + reply.text
            self.live.tell(self.text)
        self.answer = reply.text
        return reply

    def _count(self, reply: Reply, request: ChatRequest) -> None:
        self.window.learn(request, reply.usage.prompt_tokens)
        used = reply.usage
        if reply.cut and used == Usage():
            # A reply that was cut off in the middle tells nothing of what it took.
            used = Usage(self.window.size(request), estimate_tokens(reply.text))
        self.used += used
        self.seconds += reply.seconds
        self.model = reply.model or self.model

    def _tell_fault(self, reply: Reply) -> None:
        words = f"Your call could not be read: {reply.fault} Call a tool as it is described, or answer."
        said = ChatMessage("assistant", reply.text or "(a call that could not be read)")
        self.window.rounds.append(Said(said, (ChatMessage("user", words),)))

    async def _make_room(self) -> ChatRequest:
        """The next question; where even short results leave no room, the model sums up before."""
        request = self._request()
        if not self.window.is_full(request):
            return request
        asked = self.window.to_sum_up(request)

        async def do(inner: NodeContext) -> Json:
            return await hear(inner, asked, lambda words: None, None)

        reply = reply_from_json(await self.ctx.think(self.number, do))
        self.number += 1
        self._count(reply, asked)
        self.window.sum_up(reply.text or f"{self.window.notes}\n{LOST}".strip())
        return self._request()

    # Its calls

    async def _make_calls(self, reply: Reply) -> None:
        first = self.number - 1
        planned = self.toolbox.plan(reply.calls, first, self.config.most_calls - len(self.calls))
        asks = any(one.tool is not None and one.tool.use == "ask" for one in planned)
        # Looking at the clock is written down, so it is done only where it matters.
        counts = self.config.most_seconds is not None and not asks
        began = self.ctx.now() if counts else None
        came = await self.ctx.side_by_side([self._maker(one) for one in planned])
        self.number = max([self.number, *(one.number + 1 for one in planned)])
        if began is not None:
            self.seconds += max(0.0, (self.ctx.now() - began).total_seconds())
        said = ChatMessage("assistant", reply.text, tool_calls=reply.calls)
        results = tuple(ChatMessage("tool", one.words, answers=one.planned.call.id) for one in came)
        self.window.rounds.append(Said(said, results))
        self.calls += [one for one in came if one.planned.tool is not None]
        self.calls_json += [self._told(one) for one in came]

    def _maker(self, planned: Planned) -> Callable[[], Awaitable[Came]]:
        async def one() -> Came:
            if planned.outcome or planned.tool is None:
                return Came(planned, planned.outcome, planned.words)
            if planned.tool.use != "ask":
                return await make(self.ctx, planned, self.config.most_result)
            allowed = await approve(self.ctx, planned, self.config.approver)
            return (
                allowed
                if isinstance(allowed, Came)
                else await make(self.ctx, allowed, self.config.most_result)
            )

        return one

    def _told(self, came: Came) -> Json:
        planned = came.planned
        is_step = planned.tool is not None and came.outcome in ("done", "failed")
        step = planned.tool.step if planned.tool is not None else ""
        return {
            "tool": planned.call.name[:200],
            "step": step,
            "path": f"{self.ctx.path}[{planned.number}].{step}" if is_step else "",
            "round": self.rounds,
            "arguments": dict(planned.arguments),
            "outcome": came.outcome,
            "result": came.words[:IN_SHORT],
        }

    # The end

    def _end(self, ended_by: str) -> dict[str, Json]:
        if ended_by in ("tokens", "cost", "time") and self.config.unfinished.strip():
            self.text = (
                f"{self.text}{BETWEEN}{self.config.unfinished}" if self.text else self.config.unfinished
            )
            self.live.tell(self.text)
        return {
            "text": self.text,
            "answer": self.answer,
            "ended_by": ended_by,
            "rounds": self.rounds,
            "calls": cast("Sequence[Json]", self.calls_json),
            "model": self.model,
        }
