"""iqabench: image quality metrics for image restoration, compared under one protocol.

The names below are the public contract; everything else may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from iqabench.contract import Method, MethodInfo, Paradigm, method
from iqabench.errors import UserError
from iqabench.synthesis.contract import restorer

if TYPE_CHECKING:
    from iqabench.practice.call import score
    from iqabench.practice.loss import loss

__version__ = "0.1.0"
__all__ = [
    "Method",
    "MethodInfo",
    "Paradigm",
    "UserError",
    "__version__",
    "loss",
    "method",
    "restorer",
    "score",
]

_LAZY = {"loss": "iqabench.practice.loss", "score": "iqabench.practice.call"}


def __getattr__(name: str) -> Any:
    """Import what needs torch when it is first used, so that ``import iqabench`` stays light."""
    if name not in _LAZY:
        raise AttributeError(f"module 'iqabench' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
