"""A floor that looks at no image: the mean training quality of the restored image's category.

A metric that does not beat it has learnt which kind of algorithm people prefer, and nothing about the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from iqabench import Method, method
from iqabench._util.errors import MethodError

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from iqabench.training import FitSession, TrainingSet

_OVERALL = "overall"


@method("algorithm-mean", paradigms="NR")
class AlgorithmMean(Method):
    """Floor: mean training quality of the category, without a look at the image.

    A category that training has not seen gets the overall mean.
    """

    def __init__(self) -> None:
        self._means: dict[str, float] = {}
        self.parameter_count: int | None = 0

    def fit(self, data: TrainingSet, session: FitSession) -> None:
        """Take the mean of ``data.quality`` (about [0, 1]) in each category."""
        import numpy as np
        import pandas as pd

        quality = pd.Series(data.quality, dtype=float)
        by_category = quality.groupby(np.asarray(data.frame["category"], dtype=object)).mean()
        self._means = {_OVERALL: float(quality.mean())}
        self._means |= {f"category {name}": float(mean) for name, mean in by_category.items()}
        self.parameter_count = len(self._means)

    def trained_state(self) -> dict[str, Tensor]:
        """One number for each category and one overall."""
        import torch

        return {name: torch.tensor(mean, dtype=torch.float64) for name, mean in self._means.items()}

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        """Take the means over; raises MethodError if the overall one is missing."""
        if _OVERALL not in state:
            raise MethodError("algorithm-mean: the trained state has no overall mean; train it again")
        self._means = {name: float(mean) for name, mean in state.items()}
        self.parameter_count = len(self._means)

    def prepare(self, reference: Tensor) -> None:
        """A floor is shown nothing."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """The overall mean for each of ``restored`` ``(N, 3, H, W)``: an image alone says no category."""
        import torch

        return torch.full((len(restored),), self._means[_OVERALL])

    def score_rows(self, rows: pd.DataFrame) -> Sequence[float]:
        """Scores from the column ``category``."""
        overall = self._means[_OVERALL]
        return [self._means.get(f"category {name}", overall) for name in rows["category"]]
