"""Where CKDN finds an image bad: what each position of the score predictor adds to the score."""

from __future__ import annotations

import torch
from torch import Tensor

from ckdn.blocks import Restorability, ScoreHead, channel_statistics


def logit_map(
    features: Tensor, reference: Tensor | None, head: ScoreHead, restorability: Restorability | None
) -> Tensor:
    """Minus what each position of CSP's ``features`` ``(N, 512, h, w)`` adds to the logit: ``(N, h, w)``, signed.

    Larger is worse, and the mean is minus the logit of :func:`ckdn.blocks.final_score`. The head averages over the
    positions, then is piecewise linear (ReLU), so its logit is exactly the slope times the average plus what the biases
    give. The first part has a place, position by position: gradient times activation, as in class activation maps
    (Zhou et al., CVPR 2016; Selvaraju et al., ICCV 2017). The biases, and the term of :class:`Restorability`, say
    nothing about a place and are spread evenly.
    """
    features = features.float()
    with torch.inference_mode(False), torch.enable_grad():
        pooled = features.mean((2, 3)).clone().requires_grad_()
        logits = head.layers(pooled)[:, 0]
        (slope,) = torch.autograd.grad(logits.sum(), pooled)
    with torch.no_grad():
        placed = (features * slope[:, :, None, None]).sum(1)
        total, scale = logits.detach(), 1.0
        if restorability is not None and reference is not None:
            total = restorability(total, channel_statistics(reference))
            scale = restorability.scale.item()
        by_position = scale * placed
        return by_position.mean((1, 2), keepdim=True) - by_position - total[:, None, None]
