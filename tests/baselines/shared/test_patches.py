from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from baselines.shared.patches import grid_patches, grid_starts, random_patches


@given(st.integers(4, 200), st.integers(1, 60))
def test_grid_covers_every_pixel_and_stays_inside(length: int, stride: int) -> None:
    side = 4
    starts = grid_starts(length, side, min(stride, side))
    covered = {at + offset for at in starts for offset in range(side)}
    assert covered == set(range(length))
    assert starts == sorted(set(starts))


def test_grid_patches_are_cuts_of_the_image() -> None:
    image = torch.arange(2 * 3 * 7 * 5, dtype=torch.float32).view(2, 3, 7, 5)
    patches = grid_patches(image, 4, 3)
    assert patches.shape == (2, 4, 3, 4, 4)
    torch.testing.assert_close(patches[:, 0], image[..., :4, :4])
    torch.testing.assert_close(patches[:, 1], image[..., :4, 1:5])
    torch.testing.assert_close(patches[:, 3], image[..., 3:7, 1:5])


def test_rectangular_windows() -> None:
    assert grid_patches(torch.rand(1, 3, 9, 6), (8, 6), 4).shape == (1, 2, 3, 8, 6)


def test_random_patches_lie_at_the_same_place_in_all_images() -> None:
    torch.manual_seed(0)
    image = torch.rand(3, 3, 20, 17)
    first, second = random_patches([image, image + 1], 8, 5)
    assert first.shape == (3, 5, 3, 8, 8)
    torch.testing.assert_close(first + 1, second)
    places = {
        (n, d, r)
        for n in range(3)
        for d in range(13)
        for r in range(10)
        for p in range(5)
        if torch.equal(image[n, :, d : d + 8, r : r + 8], first[n, p])
    }
    assert len({place[1:] for place in places}) > 5
