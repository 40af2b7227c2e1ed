"""What a launcher (torchrun, submitit, a script) says in the environment: which of how many processes this one is.

Read by commands whose work several processes share, and by no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iqabench._util.errors import UserError

JOIN_VARIABLE = "IQABENCH_JOIN_SECONDS"
JOIN_SECONDS = 300.0
"""How long the processes of a group wait for each other to come, unless :data:`JOIN_VARIABLE` says otherwise."""

_ADVICE = "set what the launcher should have set, or unset RANK and WORLD_SIZE to run alone"


@dataclass(frozen=True)
class Place:
    """This process among those that work together, and where they meet."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    host: str = ""
    port: int = 0
    has_agent: bool = False
    """True if torchrun listens at the meeting point; else process 0 does."""
    attempt: str = "0"
    """How often torchrun started the group again."""


def launched_place(environment: Mapping[str, str]) -> Place | None:
    """This process's place; None if it works alone: no RANK or no WORLD_SIZE, an empty one, or a WORLD_SIZE of 1.

    Raises
    ------
    UserError
        If the variables contradict each other, are no numbers, or lack the meeting point.
    """
    if not (environment.get("RANK", "").strip() and environment.get("WORLD_SIZE", "").strip()):
        return None
    rank, size = _number(environment, "RANK"), _number(environment, "WORLD_SIZE")
    if size == 1 and rank == 0:
        return None
    if rank >= size:
        raise UserError(f"RANK={rank} with WORLD_SIZE={size}: ranks are counted from 0 to {size - 1}; {_ADVICE}")
    host = environment.get("MASTER_ADDR", "").strip()
    if not host:
        raise UserError(f"RANK and WORLD_SIZE are set, MASTER_ADDR is not: where do the processes meet? {_ADVICE}")
    port = _number(environment, "MASTER_PORT")
    if port > 65535:
        raise UserError(f"MASTER_PORT={port} is no port (0 to 65535); {_ADVICE}")
    return Place(
        rank,
        size,
        _number(environment, "LOCAL_RANK") if environment.get("LOCAL_RANK", "").strip() else 0,
        host,
        port,
        environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        environment.get("TORCHELASTIC_RESTART_COUNT", "0"),
    )


def join_seconds(environment: Mapping[str, str]) -> float:
    """The time limit of joining. Raises UserError if :data:`JOIN_VARIABLE` is no positive number."""
    text = environment.get(JOIN_VARIABLE, "").strip()
    try:
        seconds = float(text) if text else JOIN_SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UserError(f"{JOIN_VARIABLE}={text} is no number of seconds; set it to one above 0, or unset it")
    return seconds


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        told = f"{name}={text} is no whole number" if text else f"RANK and WORLD_SIZE are set, {name} is not"
        raise UserError(f"{told}; {_ADVICE}")
    return int(text)
