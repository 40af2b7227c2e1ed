"""SFSN: structural fidelity of low frequencies and statistical naturalness of high ones.

Zhou, Wang and Chen, QoMEX 2021; "SRIF" (Zhou and Wang, ACM MM 2022) builds on it.

From the authors' released code: the grey image, brought to a square of its short side, is divided in the DCT domain
where the sum of the two frequencies passes half of the side; the fidelity is multi-scale SSIM of the low parts (its
coarsest scale by correlation alone), the naturalness the entropy of the 8-bit grey levels of R's high part; the score
is 1.9 times the fidelity plus 0.1 times the naturalness.
Chosen here: the reference is the degraded image, where the authors show the pristine one; the entropy is divided by
its largest possible value, 8 bits, where they map the entropies of a whole data set to [0, 1], so that an image's score
does not depend on others; a negative factor of the fidelity counts as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from baselines.full_reference.ssim import blur
from baselines.shared.images import check_images, grey_levels
from iqabench import Method, method

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@inproceedings{zhou2021sfsn,
  title={Image Super-Resolution Quality Assessment: Structural Fidelity Versus Statistical Naturalness},
  author={Zhou, Wei and Wang, Zhou and Chen, Zhibo},
  booktitle={International Conference on Quality of Multimedia Experience (QoMEX)}, pages={61--64}, year={2021}
}"""

FIDELITY, NATURALNESS = 1.9, 0.1
"""Weights of the two parts."""
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of multi-scale SSIM, from the finest scale on (Wang et al. 2003)."""
C2 = (0.03 * 255) ** 2
BITS = 8.0


class Bands(NamedTuple):
    """An image's low and high frequencies, both ``(N, 1, s, s)`` in whole grey levels 0 to 255."""

    low: Tensor
    high: Tensor


class SfsnReference(NamedTuple):
    """The reference as it was shown, and its low frequencies ``(1, 1, s, s)``."""

    shown: Tensor
    low: Tensor


def bands(images: Tensor) -> Bands:
    """Divide ``(N, 3, H, W)``, RGB in [0, 1], into low and high frequencies.

    Values below 0, half of the high part, are cut off, as the authors' 8 bits do it. In float64 on the CPU: a
    level that rounds otherwise on another machine would change the entropy.
    """
    import torch
    from scipy.fft import dctn, idctn
    from torch.nn.functional import interpolate

    levels = grey_levels(images)
    side = min(levels.shape[-2:])
    if levels.shape[-2:] != (side, side):
        levels = interpolate(levels, (side, side), mode="bicubic", antialias=True)
    spectrum = dctn(levels.numpy(), axes=(-2, -1), norm="ortho")
    frequency = torch.arange(side)
    high = (frequency[:, None] + frequency >= side - 1 - round(side / 2)).numpy()
    parts = (spectrum * ~high, spectrum * high)
    low, rest = (torch.from_numpy(idctn(part, axes=(-2, -1), norm="ortho")).round().clamp(0, 255) for part in parts)
    return Bands(low, rest)


def fidelity(first: Tensor, second: Tensor) -> Tensor:
    """Multi-scale structural fidelity of grey levels ``(N, 1, s, s)``, without luminance; ``(N,)``, 1 if equal."""
    from torch.nn.functional import avg_pool2d, pad

    product = first.new_ones(len(second))
    for exponent in SCALES:
        mean, other = blur(first), blur(second)
        variance = (blur(first * first) - mean * mean).clamp_min(0)
        of_other = (blur(second * second) - other * other).clamp_min(0)
        covariance = blur(first * second) - mean * other
        if exponent == SCALES[-1]:
            likeness = (covariance + C2) / ((variance * of_other).sqrt() + C2)
        else:
            likeness = (2 * covariance + C2) / (variance + of_other + C2)
        product = product * likeness.mean((1, 2, 3)).clamp_min(0) ** exponent
        odd = first.shape[-1] % 2
        first, second = (avg_pool2d(pad(one, (0, odd, 0, odd), mode="replicate"), 2) for one in (first, second))
    return product


def entropy(levels: Tensor) -> Tensor:
    """Entropy in bits of the grey levels of each of ``(N, 1, s, s)``; ``(N,)``, 0 to 8."""
    import torch

    counts = torch.stack([torch.bincount(one.flatten().long(), minlength=256) for one in levels])
    shares = counts.double() / counts.sum(1, keepdim=True)
    return -torch.special.xlogy(shares, shares).sum(1) / torch.log(torch.tensor(2.0, dtype=torch.float64))


# Five scales of an 11x11 window need a side of 11 * 2**4.
@method("sfsn", paradigms="DR", citation=CITATION, minimum_size=176)
class Sfsn(Method):
    """Structure of low frequencies against the degraded image plus entropy of the high ones (SFSN).

    Higher is better, 2 at most. Grey levels are counted, so there is no gradient.
    """

    def prepare(self, reference: Tensor) -> SfsnReference:
        """Take the low frequencies of the reference ``(1, 3, H, W)``. Raises DataError below 176 pixels."""
        check_images(self.info, reference)
        return SfsnReference(reference, bands(reference).low)

    def score(self, restored: Tensor, prepared: SfsnReference) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. Raises DataError if the sizes differ."""
        check_images(self.info, restored, prepared.shown)
        found = bands(restored)
        low = prepared.low.expand_as(found.low)
        scores = FIDELITY * fidelity(low, found.low) + NATURALNESS * entropy(found.high) / BITS
        return scores.to(restored.device, restored.dtype)
