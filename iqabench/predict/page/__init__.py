"""The scores as one HTML page: a view that compares restorations, and a card for each image."""

from __future__ import annotations

from iqabench.predict.page.heat import heat_maps
from iqabench.predict.page.render import render_scores

__all__ = ["heat_maps", "render_scores"]
