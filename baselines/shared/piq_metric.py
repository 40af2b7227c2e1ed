"""The base of the full-reference metrics without weights that the library piq computes."""

from __future__ import annotations

from contextlib import nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from baselines.shared.images import check_images
from iqabench import Method

if TYPE_CHECKING:
    from torch import Tensor

PIQ = """@misc{kastryulin2022piq,
  title={{PyTorch} Image Quality: Metrics for image quality assessment},
  author={Kastryulin, Sergey and Zakirov, Jamil and Prokopenko, Denis and Dylov, Dmitry V.},
  eprint={2208.14818}, archivePrefix={arXiv}, year={2022}
}"""
"""BibTeX entry of the library, cited beside each metric's own paper."""


class PiqMetric(Method):
    """A function of piq behind the contract: restored image first, reference second."""

    function: str
    """Its name in piq."""
    one_by_one = False
    """True where piq's score of an image depends on the others in its batch."""

    def __init__(self) -> None:
        self.state_facts(piq=version("piq"))

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)``: piq's functions take images."""
        return reference

    def keywords(self, images: Tensor) -> dict[str, Any]:
        """Keywords for piq's function, from the size of ``images``."""
        return {}

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``.

        Raises DataError if the images are too small or differ in size.
        """
        import torch

        check_images(self.info, restored, prepared)
        step = 1 if self.one_by_one else len(restored)
        scores = [self.score_batch(part, prepared.expand_as(part)) for part in restored.split(step)]
        return torch.cat(scores)

    def score_batch(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scores ``(N,)`` of ``(N, 3, H, W)``; values are piq's own, gradients finite."""
        import piq

        from baselines.shared.finite_slopes import FiniteSlopes

        with FiniteSlopes() if restored.requires_grad else nullcontext():
            function = getattr(piq, self.function)
            scores: Tensor = function(restored, reference, data_range=1.0, reduction="none", **self.keywords(restored))
        return scores.reshape(len(restored))
