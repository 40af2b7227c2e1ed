"""A function plugin and a class plugin, as a third party would write them."""

from __future__ import annotations

from iqabench import method


@method("sample-mae", lower_is_better=True, paradigms="DR FR")
def mae(restored, reference):
    """Mean absolute difference."""
    return (restored - reference).abs().mean((1, 2, 3))


@method("sample-edges", lower_is_better=True, paradigms="DR FR", version="2")
class EdgeDifference:
    """Difference of edge strength; the reference's edges are found once."""

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def prepare(self, reference):
        return self._edges(reference)

    def score(self, restored, prepared):
        return (self._edges(restored) - prepared).abs().pow(self.power).mean((1, 2, 3))

    def _edges(self, images):
        horizontal = (images[..., :, 1:] - images[..., :, :-1])[..., :-1, :].abs()
        vertical = (images[..., 1:, :] - images[..., :-1, :])[..., :, :-1].abs()
        return horizontal + vertical
