"""The authors' trained network, from their checkpoint: ``iqabench weights fetch ckdn-released``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ckdn.variants import CITATION, MAP_SHOWS
from iqabench import Method, method
from iqabench._util.errors import MethodError, WeightsError

if TYPE_CHECKING:
    from torch import Tensor

    from ckdn.method import CKDN

NAME = "ckdn-released"


@method(
    NAME, version="2", citation=CITATION, weights=(NAME,), trained_on=("pipal",), minimum_size=32, differentiable=True
)
class ReleasedCKDN(Method):
    """CKDN with its authors' released weights, learnt from people's judgements on PIPAL.

    Needs no training; the reference is degraded or pristine.

    Scores of 8-bit images are those of the released code to 1e-5, whatever their size: it resizes to 8-bit images, and
    so does this. That has no gradient: as a loss the same filter works in floats, up to .015 away where R is resized.

    Parameters
    ----------
    weights
        Another file written by ``iqabench weights import`` or ``python -m ckdn.convert``; default: in the cache.

    Raises
    ------
    WeightsError
        If it can be had nowhere, or the file cannot be read or holds other tensors.
    """

    map_shows = MAP_SHOWS
    map_signed = True

    def __init__(self, weights: str | None = None) -> None:
        from ckdn.checkpoint import COUNTER
        from ckdn.method import CKDN
        from iqabench.weights import load_from, load_with_origin

        state, origin = load_with_origin(NAME) if weights is None else load_from(NAME, Path(weights))
        self._method = CKDN(recipe="released", start="random")
        counters = {name: zero for name, zero in self._method.trained_state().items() if name.endswith(COUNTER)}
        try:
            self._method.load_trained_state({**counters, **state})
        except MethodError as error:
            raise WeightsError(f"{origin.where}: not a converted CKDN checkpoint ({error})") from error
        self.weights_used = {NAME: origin.sha256}

    def to(self, device: Any) -> ReleasedCKDN:
        """Move the network."""
        self._method.to(device)
        return self

    def fused(self, precision: str) -> CKDN:
        """A copy for scoring alone, with norms folded."""
        return self._method.fused(precision)

    def prepare(self, reference: Tensor) -> Tensor:
        """Embed a reference ``(1, 3, H, W)``."""
        return self._method.prepare(reference)

    def score(self, restored: Tensor, prepared: Tensor | None) -> Tensor:
        """Scores ``(N,)`` in (0, 1); higher is better."""
        return self._method.score(restored, prepared)

    def map(self, restored: Tensor, prepared: Tensor | None) -> Tensor:
        """Minus what each position adds to the score before its sigmoid, as :meth:`ckdn.method.CKDN.map`."""
        return self._method.map(restored, prepared)

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """The sigmoid of minus their mean."""
        return self._method.score_of_maps(maps)
