"""The scores as one HTML page: restored images beside what they were restored from."""

from __future__ import annotations

from iqabench.predict.page.render import render_scores

__all__ = ["render_scores"]
