"""iqabench: image quality metrics for image restoration, compared under one protocol.

The names below are the public contract; everything else may change.
"""

from __future__ import annotations

from iqabench.contract import Method, MethodInfo, Paradigm, Trainable, method
from iqabench.errors import UserError

__version__ = "0.1.0"
__all__ = ["Method", "MethodInfo", "Paradigm", "Trainable", "UserError", "__version__", "method"]
