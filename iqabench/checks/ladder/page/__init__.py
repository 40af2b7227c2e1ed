"""The ladder as one HTML page with picture strips, and its plot as an SVG file of its own."""

from __future__ import annotations

from iqabench.checks.ladder.page.render import render_ladder, render_plot

__all__ = ["render_ladder", "render_plot"]
