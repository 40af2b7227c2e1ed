"""How large a method is."""

from __future__ import annotations

import torch

from iqabench.methods.base import Method


def parameter_count(method: Method) -> int | None:
    """Parameters that scoring needs, or what the method states as ``parameter_count``; None without any."""
    if method.parameter_count is not None:
        return method.parameter_count
    if isinstance(method, torch.nn.Module):
        left_out = tuple(method.training_only)
        return sum(one.numel() for name, one in method.named_parameters() if not name.startswith(left_out))
    return None
