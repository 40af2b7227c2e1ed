"""Library formulas with finite derivatives: the values stay, and an infinite slope becomes 0.

A root, a fractional power and an angle have no derivative at zero. There autograd answers infinity, which the next
product turns into NaN, and one NaN spoils the gradient of the whole image. Flat areas and equal images lead there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode


def root(values: Tensor) -> Tensor:
    """Square root; its slope at 0 is 0."""
    positive = values > 0
    return torch.where(positive, torch.where(positive, values, 1).sqrt(), values.detach().sqrt())


def power(base: Any, exponent: Any) -> Any:
    """``base ** exponent``; a slope at base 0 that would be infinite is 0."""
    if not isinstance(base, Tensor) or (isinstance(exponent, int | float) and exponent >= 1):
        return torch.pow(base, exponent)
    usual = base != 0
    return torch.where(usual, torch.where(usual, base, 1).pow(exponent), base.detach().pow(exponent))


def angle(height: Tensor, width: Tensor) -> Tensor:
    """``atan2(height, width)``; its slope at the origin is 0."""
    usual = height.detach().square() + width.detach().square() > _least(height)
    near = torch.atan2(height.detach(), width.detach())
    return torch.where(usual, torch.atan2(height, torch.where(usual, width, 1)), near)


def argument(numbers: Tensor) -> Tensor:
    """``torch.angle``; its slope at the origin is 0."""
    usual = numbers.detach().abs().square() > _least(numbers)
    return torch.where(usual, torch.angle(torch.where(usual, numbers, 1)), torch.angle(numbers.detach()))


def _least(values: Tensor) -> float:
    """Smallest square that one can divide by."""
    return torch.finfo(values.dtype).tiny


_GUARDED: Mapping[Any, Callable[..., Any]] = {
    torch.sqrt: root,
    Tensor.sqrt: root,
    torch.pow: power,
    Tensor.pow: power,
    Tensor.__pow__: power,
    torch.atan2: angle,
    Tensor.atan2: angle,
    torch.angle: argument,
    Tensor.angle: argument,
}


class FiniteSlopes(TorchFunctionMode):
    """Within ``with FiniteSlopes():`` roots, powers and angles have finite slopes, in the code of any library."""

    def __torch_function__(
        self, func: Any, types: Sequence[Any], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call the guarded form of ``func``, or ``func``; the mode is off meanwhile."""
        return _GUARDED.get(func, func)(*args, **(kwargs or {}))
