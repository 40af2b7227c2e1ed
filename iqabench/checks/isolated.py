"""Checks of a plugin's method in a process of its own: one that hangs or ends its process fails that check only."""

from __future__ import annotations

import json
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from iqabench._util import interruption
from iqabench._util.workers import worker_context
from iqabench.checks.run import CheckResult, check_method, check_names
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.scoring.isolation import START_SECONDS


def check_isolated(entry: MethodEntry, plugin_files: tuple[Path, ...], seconds: float) -> list[CheckResult]:
    """As :func:`~iqabench.checks.run.check_method`, but each check has ``seconds``, and no crash reaches the caller."""
    context = worker_context(check_method.__module__)
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, plugin_files, entry.info.name), daemon=True)
    with interruption.spared():
        process.start()
    theirs.close()
    results: list[CheckResult] = []
    names = check_names(entry)
    try:
        while True:
            name = names[len(results)] if len(results) < len(names) else "ends"
            if not ours.poll(seconds + (0 if results else START_SECONDS)):
                told = (
                    f"it gave no answer within {seconds:g} s (--timeout); a method that waits for ever stops the whole "
                    "run: bound every loop and every wait"
                )
                results.append(CheckResult(name, told))
                return results
            results.append(CheckResult(*json.loads(ours.recv_bytes())))
    except EOFError:
        process.join()
        if process.exitcode:
            told = (
                f"it ended its whole process (exit code {process.exitcode}), by os._exit or by a crash in native code; "
                "raise an error instead"
            )
            results.append(CheckResult(name, told))
        return results
    finally:
        process.kill()
        process.join()
        ours.close()


def _serve(connection: Connection, plugin_files: tuple[Path, ...], name: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interruption.unspared()

    def tell(result: CheckResult) -> None:
        connection.send_bytes(json.dumps([result.check, result.message]).encode())

    check_method(Registry(plugin_files).called(name), tell)
