"""The progress bar shows what the loop tells it."""

from __future__ import annotations

import io

from rich.console import Console

from iqabench.training import RichProgress


def test_the_bar_shows_stage_steps_loss_and_speed() -> None:
    text = io.StringIO()
    progress = RichProgress(Console(file=text, width=200, force_terminal=True))
    progress.start(10, "quick", done=3)
    progress.message("scores 1/2")
    progress.advance(16, 0.1234, 0.01)
    progress.finish()
    shown = text.getvalue()
    for part in ("quick", "4/10", "scores 1/2", "loss 0.1234", "rate 0.01", "images/s"):
        assert part in shown
