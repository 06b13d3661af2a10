"""What an agent is told, as its parts see it."""

from typing import Literal, Protocol


class Settings(Protocol):
    """The filled-in config of an agent."""

    model: str
    instructions: str
    message: str
    approver: Literal["team", "visitor"]
    history_turns: int
    most_rounds: int
    most_calls: int
    most_tokens: int | None
    most_cost: float | None
    most_seconds: float | None
    unfinished: str
    room: int
    most_result: int
    temperature: float | None
    max_tokens: int | None
    seed: int | None
