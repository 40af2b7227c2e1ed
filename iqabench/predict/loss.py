"""``iqabench.loss``: a method as a differentiable loss, to train a restoration network by."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from iqabench._util.caller import warn_caller
from iqabench._util.errors import MethodError
from iqabench._util.generators import kept_generators
from iqabench.data.images import checked_floats, upsample_tensor
from iqabench.data.references import whole_factor
from iqabench.methods.contract import Paradigm
from iqabench.methods.given import method_given
from iqabench.predict.call import build

PROBE = 64
"""Side in pixels (or the method's least) of the image that a new loss is tried on."""


class Loss(nn.Module):
    """Lower is better: ``1 - score`` of a method whose score rises with quality, else its score itself.

    For CKDN, whose score lies in (0, 1), the loss lies in (0, 1), too; 0 would be perfect. The method's weights are
    frozen and stay in evaluation mode whatever :meth:`train` says; gradients reach the restored images only. Images are
    scored whole. The method follows the restored images to their device.

    Raises
    ------
    MethodError
        If the method's score has no finite gradient with respect to the restored image.
    """

    def __init__(self, method: Any, reduction: str = "mean") -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise MethodError(f"reduction={reduction!r}; use mean, sum or none")
        self.reduction = reduction
        self.method = method
        self._blind = method.info.paradigms == (Paradigm.NR,)
        if method.scores_rows:
            raise MethodError(
                f"{method.info.name} judges by the name of the algorithm, not by images: it has no gradient, so it "
                "cannot be a loss"
            )
        if isinstance(method, nn.Module):
            method.requires_grad_(False).eval()
        self._said: set[str] = set()
        self._require_gradient()

    def train(self, mode: bool = True) -> Loss:
        """Change nothing: the method stays in evaluation mode."""
        return self

    def forward(self, restored: Tensor, degraded: Tensor | None = None) -> Tensor:
        """The loss: a scalar, or ``(N,)`` with ``reduction="none"``.

        Parameters
        ----------
        restored
            ``(N, 3, H, W)``, floats of any precision or ``uint8``: computed in float32, cut to [0, 1], where the
            gradient ends.
        degraded
            ``(N, 3, h, w)`` or ``(1, 3, h, w)`` in [0, 1], of the same size or a whole number of times smaller: then it
            is upsampled as ``iqabench score`` does it. None for a method without reference.

        Raises
        ------
        UserError
            If shapes do not fit, a reference is missing, or values cannot be those of images: not finite, or in another
            range (:func:`iqabench.data.images.checked_floats`).
        """
        restored = self._checked(restored, "restored")
        degraded = None if degraded is None or self._blind else self._checked(degraded.detach(), "degraded")
        self.method.to(restored.device)
        scores = self._scores(restored, degraded)
        losses = scores if self.method.info.lower_is_better else 1 - scores
        return losses if self.reduction == "none" else losses.mean() if self.reduction == "mean" else losses.sum()

    def _checked(self, images: Tensor, name: str) -> Tensor:
        """Float32 in [0, 1]; what had to be converted is a warning, once."""
        floats, notes = checked_floats(images, name)
        for note in set(notes) - self._said:
            warn_caller(f"{name} images: {note}")
        self._said |= set(notes)
        return floats.clamp(0, 1)

    def _scores(self, restored: Tensor, degraded: Tensor | None) -> Tensor:
        if self._blind:
            blind: Tensor = self.method.score(restored, None)
            return blind
        shown = self._shown(restored, degraded)
        if len(shown) == 1:
            compared: Tensor = self.method.score(restored, self.method.prepare(shown))
            return compared
        # The contract prepares one reference at a time.
        pairs = zip(restored.split(1), shown.split(1), strict=True)
        return torch.cat([self.method.score(one, self.method.prepare(given)) for one, given in pairs])

    def _shown(self, restored: Tensor, degraded: Tensor | None) -> Tensor:
        name = self.method.info.name
        if degraded is None:
            raise MethodError(f"{name} compares with a reference: call the loss with restored and degraded images")
        if len(degraded) not in (1, len(restored)):
            raise MethodError(f"degraded images {tuple(degraded.shape)} for restored ones {tuple(restored.shape)}")
        size, given = (restored.shape[2], restored.shape[3]), (degraded.shape[2], degraded.shape[3])
        if given == size:
            return degraded
        if whole_factor(given, size) is None:
            raise MethodError(
                f"degraded images are {given[1]}x{given[0]}, restored ones {size[1]}x{size[0]}: they must have the "
                "same size, or be 2, 3, 4, ... times smaller"
            )
        return upsample_tensor(degraded, *size)

    def _require_gradient(self) -> None:
        """Try it on noise, so that a method that cannot teach says so before the training begins."""
        info = self.method.info
        side = max(PROBE, info.minimum_size)
        noise = torch.rand(2, 1, 3, side, side, generator=torch.Generator().manual_seed(0))
        device = next(self.method.parameters()).device if isinstance(self.method, nn.Module) else torch.device("cpu")
        restored, degraded = noise.to(device)
        restored.requires_grad_(True)
        try:
            with torch.enable_grad(), kept_generators():
                value = self.forward(restored, degraded).sum()
        except RuntimeError as error:
            if "requires grad" not in str(error):
                raise
            raise MethodError(f"{info.name}: its score cannot be differentiated ({error}), so it is no loss") from error
        gradient = torch.autograd.grad(value, restored, allow_unused=True)[0] if value.requires_grad else None
        if gradient is None or not bool(gradient.isfinite().all()) or not bool(gradient.any()):
            raise MethodError(f"{info.name}: its score has no finite gradient in the image, so it cannot be a loss")


def loss(method: Any = "ckdn", *, reduction: str = "mean", **parameters: Any) -> Loss:
    """Make a loss of a method: ``criterion = iqabench.loss("ckdn")``, then ``criterion(restored, degraded)``.

    Parameters
    ----------
    method
        Name of a method, an object of :class:`iqabench.Method` (such as one that you trained), or a function or class
        with ``@iqabench.method`` above it.
    reduction
        ``mean``, ``sum`` or ``none``.
    parameters
        Of the method, if it is not built already.

    Raises
    ------
    UserError
        If there is no such method, it has no weights here, or its score has no gradient.

    Examples
    --------
    >>> import iqabench, torch
    >>> criterion = iqabench.loss("ssim")
    >>> degraded = torch.rand(1, 3, 64, 64)
    >>> restored = degraded.clone().requires_grad_()
    >>> loss = criterion(restored, degraded)
    >>> loss.backward()
    >>> round(loss.item(), 4), bool(restored.grad.isfinite().all())
    (0.0, True)
    """
    if isinstance(method, str):
        return Loss(build(method, parameters).method, reduction)
    return Loss(method_given(method, parameters), reduction)
