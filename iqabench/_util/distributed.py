"""Several processes at one job: a launcher (torchrun, submitit) starts them, torch.distributed connects them.

Every process runs the same command on the same arguments. The first one (rank 0) decides what is there and what is to
do, writes results and talks; work is shared out where it is worth it. In a single process every function here is the
plain thing it stands for, and torch.distributed is not even imported.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from iqabench._util import interruption, streams
from iqabench._util.errors import UserError
from iqabench._util.launch import Place, join_seconds, launched_place

if TYPE_CHECKING:
    from torch.distributed import Store

PATIENCE = timedelta(hours=12)
"""How long processes wait for each other once they are together: one may train alone what cannot be shared. A dead one
is told by the launcher at once, or by its broken connection."""

_FAILURES = "failures"
_POLL_SECONDS = 0.1

Value = TypeVar("Value")
_store: Store | None = None
_place = Place()


def rank() -> int:
    """Number of this process, from 0."""
    return _place.rank


def size() -> int:
    """How many processes work together."""
    return _place.size


def local_rank() -> int:
    """Number of this process on its machine, from 0."""
    return _place.local_rank


def is_first() -> bool:
    """True for the process that writes and talks."""
    return rank() == 0


@contextmanager
def joined() -> Iterator[None]:
    """Connect to the other processes; outside a launcher nothing happens.

    Only the first process prints. If one fails, the first failure is the one that is told; those it causes in the
    other processes end them without a word.

    Raises
    ------
    UserError
        If the launcher's variables make no sense, or not all processes come within the time limit; it says which.
    """
    global _store, _place
    place = launched_place(os.environ)
    if place is None:
        yield
        return
    limit = join_seconds(os.environ)
    # Read when torch is loaded. Its C++ parts warn of details, and of connections that a failed process broke.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    import torch

    # Imported before there is a group, and not by DDP later: its functions would keep the group as a default argument.
    import torch.distributed.nn
    from torch import distributed

    store = _meet(place, limit)
    # Objects and CPU tensors travel by gloo, tensors on a GPU by NCCL.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and distributed.is_nccl_available() else "gloo"
    with interruption.never_stuck():
        distributed.init_process_group(backend, store=store, rank=place.rank, world_size=place.size, timeout=PATIENCE)
        _store, _place = store, place
        if place.rank:
            _be_quiet()
        try:
            yield
        except BaseException as error:  # whatever it is, it ends this process; the question is who tells it
            if not _failed_first():
                # Not sys.exit: threads that wait for a process that is gone must not keep this one.
                number = interruption.received()
                os._exit(interruption.exit_code(number) if number else 1)
            if place.rank and isinstance(error, UserError):
                raise type(error)(f"process {place.rank + 1} of {place.size}: {error}") from error
            raise
        gathered(None)
        # The group's threads end when nobody holds it any more, so not a cycle of garbage either. One that lives on and
        # lets go of its last tensor while the interpreter shuts down would abort the process.
        gc.collect()
        distributed.destroy_process_group()
        _store, _place = None, Place()


def _meet(place: Place, limit: float) -> Store:
    """Wait until all processes are there, in steps that a signal can interrupt; return the store that they share.

    Raises
    ------
    UserError
        If one is not there in time, or the first one cannot listen.
    """
    from torch.distributed import PrefixStore, TCPStore

    until = time.monotonic() + limit
    hosts = place.rank == 0 and not place.has_agent
    if not hosts:
        _await_host(place, limit, until)
    try:
        base = TCPStore(place.host, place.port, place.size, hosts, PATIENCE, wait_for_workers=False, multi_tenant=True)
        # torchrun keeps its store when it starts failed processes again: each attempt counts for itself.
        store = PrefixStore(f"iqabench/{place.attempt}", base)
        here = [f"here/{number}" for number in range(place.size)]
        store.set(here[place.rank], "")
        while not store.check(here):
            if time.monotonic() > until:
                missing = [str(number) for number, key in enumerate(here) if not store.check([key])]
                raise UserError(
                    f"process {place.rank} of {place.size} waited {limit:g} s for process {', '.join(missing)}, which "
                    f"did not come: start all {place.size} (counted from 0) with the same command, MASTER_ADDR and "
                    f"MASTER_PORT, give them more time with IQABENCH_JOIN_SECONDS, or unset RANK and WORLD_SIZE to run "
                    "alone"
                )
            time.sleep(_POLL_SECONDS)
    except RuntimeError as error:  # torch's errors of connections
        what = "listen" if hosts else "stay connected to process 0"
        raise UserError(
            f"process {place.rank} of {place.size} cannot {what} at {place.host}:{place.port} "
            f"({str(error).splitlines()[0]}); check MASTER_ADDR and MASTER_PORT"
        ) from error
    return store


def _await_host(place: Place, limit: float, until: float) -> None:
    """Wait until somebody listens at the meeting point."""
    import socket

    while True:
        try:
            socket.create_connection((place.host, place.port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > until:
                raise UserError(
                    f"process {place.rank} of {place.size} waited {limit:g} s for process 0, which did not answer at "
                    f"{place.host}:{place.port} ({error.strerror or error}): start it, check MASTER_ADDR and "
                    "MASTER_PORT, give it more time with IQABENCH_JOIN_SECONDS, or unset RANK and WORLD_SIZE to run "
                    "alone"
                ) from error
            time.sleep(_POLL_SECONDS)


def from_first(value: Value) -> Value:
    """The first process's ``value``, in every process."""
    if size() == 1:
        return value
    from torch import distributed

    carried = [value if is_first() else None]
    distributed.broadcast_object_list(carried, src=0)
    return carried[0]  # type: ignore[return-value]


def decided_by_first(decide: Callable[[], Value]) -> Value:
    """Call ``decide()`` in the first process only, and return its result in every process."""
    return from_first(decide() if is_first() else None)  # type: ignore[return-value]


def gathered(value: Value) -> list[Value]:
    """The ``value`` of every process, by rank, in every process."""
    if size() == 1:
        return [value]
    from torch import distributed

    found: list[Any] = [None] * size()
    distributed.all_gather_object(found, value)
    return found


@contextmanager
def first_goes_first() -> Iterator[None]:
    """The others enter when the first process is through: for work whose result lies in a cache afterwards."""
    if not is_first():
        gathered(None)
    yield
    if is_first():
        gathered(None)


def share(items: Sequence[Value], cost: Callable[[Value], int]) -> list[Value]:
    """This process's part of ``items``: a stretch of them, so that neighbours stay together, of about equal cost."""
    total = sum(cost(item) for item in items)
    mine: list[Value] = []
    before = 0
    for item in items:
        # An item goes to the process in whose part of the total cost its middle lies.
        middle = before + cost(item) / 2
        if min(int(middle * size() / total), size() - 1) == rank():
            mine.append(item)
        before += cost(item)
    return mine


class Tally:
    """A count that all processes add to. ``name`` is the same in all of them, and used once."""

    def __init__(self, name: str) -> None:
        self._name = f"tally/{name}"
        self._alone = 0

    def add(self, count: int) -> int:
        """Add ``count`` and return the count of all."""
        if _store is None:
            self._alone += count
            return self._alone
        return int(_store.add(self._name, count))


def _failed_first() -> bool:
    try:
        return _store is not None and _store.add(_FAILURES, 1) == 1
    except RuntimeError:
        # The process that kept the store is gone, so that one failed before.
        return False


def _be_quiet() -> None:
    from iqabench._util.progress import messages

    messages.quiet = True
    streams.silence()
