"""Restorers that are small networks, whose weights lie in this package; see ``networks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iqabench import restorer

if TYPE_CHECKING:
    import numpy as np

PHOTOGRAPHS = "Kodak24 and the 100 test photographs of BSD"


@restorer("espcn", takes="lr", category="01", scales=(4,), trained_on=PHOTOGRAPHS)
def espcn(image: np.ndarray, scale: int) -> np.ndarray:
    """Small ESPCN trained with L1, by 4."""
    from baselines.restorers.networks import run_net

    return run_net("espcn-x4", image)


@restorer("edsr", takes="lr", category="01", scales=(2, 4), trained_on=PHOTOGRAPHS)
def edsr(image: np.ndarray, scale: int) -> np.ndarray:
    """Small EDSR trained with L1, by 2 or 4."""
    from baselines.restorers.networks import run_net

    return run_net(f"edsr-x{scale}", image)


@restorer("dncnn", takes="noise", category="04", trained_on=PHOTOGRAPHS)
def dncnn(image: np.ndarray, scale: int) -> np.ndarray:
    """Small residual denoiser trained with L1 for noise of 25 grey levels."""
    from baselines.restorers.networks import run_net

    return run_net("dncnn", image)
