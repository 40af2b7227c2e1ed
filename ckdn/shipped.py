"""CKDN with the weights of this package: scores at once, without network and without training."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ckdn.blocks import Restorability
from ckdn.checkpoint import SHIPPED, read_checkpoint
from ckdn.method import CKDN, INT8_NEARNESS
from iqabench._util.errors import MethodError, WeightsError
from iqabench.weights.digest import tensor_digest


class ShippedCKDN(CKDN):
    """The trained network: an ``nn.Module`` in evaluation mode, differentiable in the restored image.

    Its ``score`` takes images ``(N, 3, H, W)`` of any size from 32×32 beside their degraded input of the same
    size; ``notes`` say what its labels were, ``weights_used`` which tensors these are.

    Parameters
    ----------
    weights
        Another file of :func:`ckdn.checkpoint.write_checkpoint`; by default the one of this package.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or holds another network.
    """

    int8_nearness = INT8_NEARNESS

    def __init__(self, weights: str | None = None) -> None:
        path = SHIPPED if weights is None else Path(weights)
        state, facts = read_checkpoint(path)
        super().__init__(variant=facts.get("variant", "ckdn"), recipe="quick", start="random")
        if any(name.startswith("network.restorability.") for name in state):
            self.network.restorability = Restorability()
        try:
            self.load_trained_state(state)
        except MethodError as error:
            raise WeightsError(f"{path}: these are not the weights of CKDN ({error})") from error
        self.start = "shipped"
        self.notes = [facts["note"]] if "note" in facts else []
        self.weights_used = {"ckdn-shipped": tensor_digest(state)}

    def _state_choices(self, pretraining: str, names: Iterable[str]) -> None:
        """State what the file of weights says; it is not trained, so that no recipe matters."""
        self.state_facts(variant=self.variant.name, difference=self.hyperparameters.difference)


def load_shipped(weights: str | None = None) -> ShippedCKDN:
    """Build :class:`ShippedCKDN`."""
    return ShippedCKDN(weights)
