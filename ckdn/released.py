"""The authors' trained network, from a checkpoint that the user has converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from ckdn.method import CKDN
from iqabench.contract import Method
from iqabench.errors import MethodError, WeightsError
from iqabench.weights.digest import tensor_digest
from iqabench.weights.plain import read_safetensors


class ReleasedCKDN(Method):
    """CKDN with the released weights: no training, degraded or pristine reference.

    Parameters
    ----------
    weights
        File written by ``python -m ckdn.convert CHECKPOINT FILE``.

    Raises
    ------
    MethodError
        Without ``weights``.
    WeightsError
        If the file cannot be read or holds other tensors.
    """

    def __init__(self, weights: str | None = None) -> None:
        if weights is None:
            raise MethodError(
                "ckdn-released needs weights=FILE; make it from the authors' checkpoint with: "
                "python -m ckdn.convert CHECKPOINT FILE"
            )
        path = Path(weights)
        self._method = CKDN(recipe="released", start="random")
        try:
            state = read_safetensors(path.read_bytes(), str(path))
            self._method.load_trained_state(state)
        except (OSError, MethodError, WeightsError) as error:
            raise WeightsError(f"{path}: not a converted CKDN checkpoint ({error})") from error
        self.weights_used = {"ckdn-released": tensor_digest(state)}

    def to(self, device: Any) -> ReleasedCKDN:
        """Move the network."""
        self._method.to(device)
        return self

    def frozen(self, precision: str) -> CKDN:
        """A copy for scoring alone, with norms folded."""
        return self._method.frozen(precision)

    def prepare(self, reference: Tensor) -> Tensor:
        """Embed a reference ``(1, 3, H, W)``."""
        return self._method.prepare(reference)

    def score(self, restored: Tensor, prepared: Tensor | None) -> Tensor:
        """Scores ``(N,)`` in (0, 1); higher is better."""
        return self._method.score(restored, prepared)
