"""Making a data set out of pristine photographs: contents, degradations, restorers and pseudo labels.

This package imports neither torch nor scikit-image; a restorer's code is imported when it is run.
"""

from __future__ import annotations

from iqabench.synthesis.contract import RestorerInfo, declare_restorer, restorer

__all__ = ["RestorerInfo", "declare_restorer", "restorer"]
