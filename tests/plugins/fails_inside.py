"""A metric whose helper fails: its author must be shown the helper's line."""

import torch

from iqabench import method


def helper(image):
    return torch.nn.functional.conv2d(image, image.new_zeros(1, 7, 1, 1))


@method("fails-inside", lower_is_better=True, paradigms="DR FR")
def fails_inside(restored, reference):
    """Fails on every image."""
    return helper(restored).mean((1, 2, 3))
