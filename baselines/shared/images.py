"""What every baseline checks and converts before it scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iqabench import MethodInfo
from iqabench._util.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor


def check_images(info: MethodInfo, restored: Tensor, reference: Tensor | None = None) -> None:
    """Refuse images that the method cannot score.

    Parameters
    ----------
    info
        The method; gives the smallest size it takes.
    restored
        ``(N, 3, H, W)``, RGB in [0, 1].
    reference
        ``(1, 3, H, W)`` or ``(N, 3, H, W)``, or None in an NR run.

    Raises
    ------
    DataError
        If the images are smaller than ``info.minimum_size``, or differ in size.
    """
    height, width = restored.shape[-2:]
    if min(height, width) < info.minimum_size:
        raise DataError(
            f"{info.name} needs images of at least {info.minimum_size}x{info.minimum_size} pixels; "
            f"this one is {width}x{height}: upsample it, or leave {info.name} out"
        )
    if reference is not None and reference.shape[-2:] != restored.shape[-2:]:
        raise DataError(
            f"{info.name}: the restored image is {width}x{height}, its reference "
            f"{reference.shape[-1]}x{reference.shape[-2]}: resize the reference to the restored image first"
        )


def luma(images: Tensor) -> Tensor:
    """BT.601 luma as the super-resolution literature uses it, on the studio range.

    Parameters
    ----------
    images
        ``(N, 3, H, W)``, RGB in [0, 1].

    Returns
    -------
    ``(N, 1, H, W)``, 16/255 (black) to 235/255 (white).
    """
    weights = images.new_tensor([65.481, 128.553, 24.966]).view(1, 3, 1, 1)
    return ((images * weights).sum(1, keepdim=True) + 16.0) / 255.0


def total_variation(images: Tensor) -> Tensor:
    """Mean absolute step to the right plus mean absolute step down, over RGB; ``(N, 3, H, W)`` gives ``(N,)``."""
    across = images.diff(dim=-1).abs().mean((1, 2, 3))
    down = images.diff(dim=-2).abs().mean((1, 2, 3))
    return across + down


def grey_levels(images: Tensor) -> Tensor:
    """BT.601 grey in whole levels 0 to 255, as MATLAB's ``rgb2gray`` gives it to the metrics that were written there.

    ``(N, 3, H, W)``, RGB in [0, 1], gives ``(N, 1, H, W)`` float64 on the CPU, without gradient.
    """
    import torch

    levels = (images.detach().to("cpu", torch.float64) * 255).round()
    weights = levels.new_tensor([0.298936, 0.587043, 0.114021]).view(1, 3, 1, 1)
    return (levels * weights).sum(1, keepdim=True).round()
