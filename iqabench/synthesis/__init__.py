"""Makes a data set out of pristine photographs: contents, degradations, restorers and pseudo labels.

Photographs and a recipe enter; images with labels leave. Imports neither torch nor scikit-image; a restorer's code is
imported when it is run. Imports ``runs``, ``scoring`` and what is below them.
"""

from __future__ import annotations

from iqabench.synthesis.contract import RestorerInfo, declare_restorer, restorer

__all__ = ["RestorerInfo", "declare_restorer", "restorer"]
