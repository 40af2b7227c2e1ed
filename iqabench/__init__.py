"""iqabench: image quality metrics for image restoration, compared under one protocol.

The names below are the public contract; everything else may change.
"""

from iqabench._util.version import __version__

# Nothing more is imported here: the command must be able to listen for signals first, and this import stays light.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from iqabench._util.errors import UserError
    from iqabench.data.base import Card, Dataset
    from iqabench.data.contract import dataset
    from iqabench.data.frames import manifest_frame
    from iqabench.methods.contract import Method, MethodInfo, Paradigm, method
    from iqabench.methods.find import create_method, list_methods
    from iqabench.predict.call import score
    from iqabench.predict.loss import loss
    from iqabench.predict.maps import quality_map
    from iqabench.predict.score_table import ScoreTable, score_table
    from iqabench.runs.evaluate import Scores, evaluate, leaderboard
    from iqabench.synthesis.contract import restorer

__all__ = [
    "Card",
    "Dataset",
    "Method",
    "MethodInfo",
    "Paradigm",
    "ScoreTable",
    "Scores",
    "UserError",
    "__version__",
    "create_method",
    "dataset",
    "evaluate",
    "leaderboard",
    "list_methods",
    "loss",
    "manifest_frame",
    "method",
    "quality_map",
    "restorer",
    "score",
    "score_table",
]

_MODULES = {
    "Card": "iqabench.data.base",
    "Dataset": "iqabench.data.base",
    "Method": "iqabench.methods.contract",
    "MethodInfo": "iqabench.methods.contract",
    "Paradigm": "iqabench.methods.contract",
    "ScoreTable": "iqabench.predict.score_table",
    "Scores": "iqabench.runs.evaluate",
    "UserError": "iqabench._util.errors",
    "create_method": "iqabench.methods.find",
    "dataset": "iqabench.data.contract",
    "evaluate": "iqabench.runs.evaluate",
    "leaderboard": "iqabench.runs.evaluate",
    "list_methods": "iqabench.methods.find",
    "loss": "iqabench.predict.loss",
    "manifest_frame": "iqabench.data.frames",
    "method": "iqabench.methods.contract",
    "quality_map": "iqabench.predict.maps",
    "restorer": "iqabench.synthesis.contract",
    "score": "iqabench.predict.call",
    "score_table": "iqabench.predict.score_table",
}


def __getattr__(name: str) -> "Any":
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module 'iqabench' has no attribute {name!r}")
    import random
    from importlib import import_module

    state = random.getstate()  # rich draws from it when it is imported
    try:
        return getattr(import_module(_MODULES[name]), name)
    finally:
        random.setstate(state)


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
