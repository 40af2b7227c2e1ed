"""The process that measures: takes orders, one line of JSON each, and answers with one line for each figure."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.gpu.parts import Task
from benchmarks.speed.harness import SpeedSetting
from iqabench._util.errors import UserError
from iqabench._util.process import configure_threads


def main() -> None:
    """Run the parts that are ordered, one after another, until standard input ends."""
    # What a library prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**what: Any) -> None:
        print(json.dumps(what), file=answers, flush=True)

    configure_threads()
    for line in sys.stdin:
        order = json.loads(line)
        setting = SpeedSetting(Path(order["data"]), order["device"], order["small"])
        deadline = time.monotonic() + order["seconds"]
        task = Task(setting, deadline, lambda name, figure: answer(name=name, figure=figure), order["known"])
        module, _, function = order["run"].partition(":")
        try:
            _forget(order["device"])
            getattr(import_module(module), function)(task)
        except Exception as error:  # it ends this part; the campaign goes on in another process
            traceback.print_exc()
            why = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            answer(failed=why.strip() or type(error).__name__)
        else:
            answer(done=True)


def _forget(device: str) -> None:
    """Give back what the part before has left, and count memory anew."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and device.startswith("cuda") and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


if __name__ == "__main__":
    main()
