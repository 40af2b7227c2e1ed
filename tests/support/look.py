"""A program that looks at the installed distribution, so that it is imported once for several tests.

It is given, as JSON, dotted names and programs (a module and words); it prints what each program says with ``--help``
and, if there are names, which of them cannot be resolved and which entry points load.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import runpy
import sys
from importlib.metadata import distribution


def is_there(name: str) -> bool:
    """Whether a dotted name leads from a module to one of its attributes or submodules."""
    first, _, rest = name.partition(".")
    found = importlib.import_module(first)
    for word in filter(None, rest.split(".")):
        if not hasattr(found, word):
            try:
                importlib.import_module(f"{found.__name__}.{word}")
            except (ImportError, AttributeError):
                return False
        found = getattr(found, word)
    return True


def help_of(module: str, *words: str) -> tuple[object, str]:
    """Exit code and output of ``python -m MODULE WORDS --help``."""
    out, argv = io.StringIO(), sys.argv
    sys.argv = [module, *words, "--help"]
    code: object = "it did not exit"
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code or 0
    except Exception as error:  # told by the test
        code = repr(error)
    finally:
        sys.argv = argv
    return code, out.getvalue()


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    loaded = {}
    for point in distribution("iqabench").entry_points if asked["names"] else ():
        point.load()
        loaded.setdefault(point.group, {})[point.name] = point.value
    missing = [name for name in asked["names"] if not is_there(name)]
    told = [help_of(*program) for program in asked["programs"]]
    json.dump({"loaded": loaded, "missing": missing, "helps": told}, sys.stdout)
