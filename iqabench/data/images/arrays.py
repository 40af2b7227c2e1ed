"""Arrays and tensors: which numbers are an image's, and which are a mistake."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images.convert import refuse_few_bits, wide_to_rgb
from iqabench.data.images.decode import inspect_opened
from iqabench.data.images.formats import Pixels

if TYPE_CHECKING:
    from torch import Tensor

SLACK = 0.1
"""How far floats may leave [0, 1] in any number: a restoration overshoots at edges, and a file cuts it off."""
STRAYS = 0.01
"""Share of floats that may leave it further ..."""
FAR = 8.0
"""... and how far at most."""
ROUNDING = 0.5 / 255
"""What is cut off within it needs no note: a file would round it away."""


def inspect_array(array: np.ndarray, name: str, channels: int) -> tuple[Pixels, tuple[str, ...]]:
    """An image ``(H, W)`` or with 1, 3 or 4 ``channels`` (the number of that axis) to ``uint8 (H, W, 3)`` and notes.

    Raises
    ------
    DataError
        If shape, type or range of values cannot be an image's.
    """
    layout = "(3, H, W)" if channels == 0 else "(H, W, 3)"
    kind = "Tensor" if channels == 0 else "ndarray"
    if array.ndim == 2:
        array = np.expand_dims(array, channels)
    if array.ndim != 3 or array.shape[channels] not in (1, 3, 4):
        raise DataError(f"{name}: shape {tuple(array.shape)}; a {kind} must be {layout} or (H, W)")
    if not array.size:
        raise DataError(f"{name}: shape {tuple(array.shape)} holds no pixel")
    array = array.transpose(1, 2, 0) if channels == 0 else array
    if array.dtype == np.uint16:
        return wide_to_rgb(array, name)
    notes: tuple[str, ...] = ()
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    elif array.dtype.kind == "f":
        values = array.astype(np.float32)
        finite = bool(np.isfinite(values).all())
        low, high = float(values.min()), float(values.max())
        strays = float(((values < -SLACK) | (values > 1 + SLACK)).mean())
        notes = judged_range(name, low, high, finite=finite, strays=strays)
        array = np.rint(values.clip(0, 1) * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise DataError(_wrong_type(name, str(array.dtype)))
    image = Image.fromarray(np.ascontiguousarray(array[..., 0] if array.shape[2] == 1 else array))
    pixels, more = inspect_opened(image, name)
    return pixels, (*notes, *more)


def numpy_of(tensor: Tensor, name: str) -> np.ndarray:
    """A tensor as an array of a type that NumPy knows: half and bfloat16 become float32."""
    import torch

    try:
        plain = tensor.detach().to("cpu")
        return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise DataError(f"{name}: a tensor of type {tensor.dtype} is no image ({error})") from error


def checked_floats(images: Tensor, name: str) -> tuple[Tensor, tuple[str, ...]]:
    """Images ``(N, 3, H, W)`` for a method that is called on tensors, as float32 near [0, 1], and notes.

    The rules are those of :func:`inspect_array`, but nothing is rounded, and gradients flow. float16, bfloat16 and
    float64 become float32; ``uint8`` counts as 0 to 255, ``uint16`` as 0 to 65535. Images that carry a gradient are
    those of a network in training, which may begin outside [0, 1]: they are refused only far outside.

    Raises
    ------
    DataError
        If shape, type or range of values cannot be that of images.
    """
    import torch

    if images.ndim != 4 or images.shape[1] != 3:
        grey = "; repeat grey on three channels: x.expand(-1, 3, -1, -1)" if images.ndim == 4 else ""
        raise DataError(f"{name} images {tuple(images.shape)}; they must be (N, 3, H, W){grey}")
    if not images.numel():
        raise DataError(f"{name} images {tuple(images.shape)} hold no pixel")
    if images.dtype == torch.uint8:
        return images.float() / 255, ()
    if images.dtype == torch.uint16:
        wide = images.to(torch.float32)
        refuse_few_bits(int(wide.max()), f"{name} images")
        return wide / 65535, ("16-bit scaled by 1/65535",)
    if not images.dtype.is_floating_point:
        raise DataError(_wrong_type(f"{name} images", str(images.dtype).removeprefix("torch.")))
    floats = images.float()
    with torch.no_grad():
        low, high = (float(value) for value in floats.detach().aminmax())
        finite = math.isfinite(low) and math.isfinite(high)
        outside = finite and (low < -SLACK or high > 1 + SLACK)
        strays = float(((floats < -SLACK) | (floats > 1 + SLACK)).float().mean()) if outside else 0.0
    if strays > STRAYS and images.requires_grad and low >= -FAR and high <= 1 + FAR:
        return floats, ("many of the values lie outside [0, 1] and are cut off, where the gradient ends",)
    return floats, judged_range(f"{name} images", low, high, finite=finite, strays=strays)


def judged_range(name: str, low: float, high: float, *, finite: bool, strays: float) -> tuple[str, ...]:
    """Refuse floats from ``low`` to ``high`` of which the share ``strays`` is far outside; else what is to be said."""
    if not finite:
        raise DataError(
            f"{name}: floats from {low:g} to {high:g}, not all of them finite; an image has no NaN or infinity"
        )
    if strays > STRAYS or low < -FAR or high > 1 + FAR:
        if low < -SLACK and high <= 1 + SLACK:
            advice = "from [-1, 1] by (x + 1) / 2, or cut off what is outside by clip or clamp"
        elif low >= -SLACK and high > 2:
            advice = "from [0, 255] by x / 255, or give uint8 (0 to 255)"
        else:
            advice = "or cut off what is outside by clip or clamp, or give uint8 (0 to 255)"
        raise DataError(f"{name}: floats from {low:g} to {high:g}; bring them to [0, 1], {advice}")
    if low < -ROUNDING or high > 1 + ROUNDING:
        return ("floats outside [0, 1] cut off",)
    return ()


def _wrong_type(name: str, kind: str) -> str:
    return f"{name}: values of type {kind}; give uint8 (0 to 255), uint16 (0 to 65535) or floats (0 to 1)"
