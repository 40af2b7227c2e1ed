from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError, UserError
from iqabench.data.references import MADE, make, parse_reference
from iqabench.methods.contract import Paradigm

RNG = np.random.default_rng(11)
H = np.kron(RNG.integers(0, 256, (9, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8)
SIZE = (72, 96)


def test_paradigm_and_needs() -> None:
    table = {
        "none": (Paradigm.NR, None),
        "degraded": (Paradigm.DR, "degraded"),
        "pristine": (Paradigm.FR, "pristine"),
        "lr-x4": (Paradigm.DR, "pristine"),
        "noise-50": (Paradigm.DR, "pristine"),
        "jpeg-10": (Paradigm.DR, "pristine"),
    }
    for name, expected in table.items():
        reference = parse_reference(name)
        assert (reference.paradigm, reference.needs) == expected
        assert reference.name == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pristin", "did you mean 'pristine'"),
        ("LR-x4", "did you mean 'lr-x4'"),
        ("lr-x04", "unknown reference"),
        ("jpeg-101", "between 1 and 100"),
        ("lr-x1", "between 2 and 64"),
        ("noise-25.5", "unknown reference"),
        ("", "unknown reference"),
    ],
)
def test_unknown_names(name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse_reference(name)


@settings(deadline=None)  # a loaded machine is no failure
@given(st.text(max_size=12))
def test_any_name_parses_or_is_a_user_error(name: str) -> None:
    try:
        assert parse_reference(name).name == name
    except UserError as error:
        assert "reference" in str(error)  # noqa: PT017  either outcome is right


@pytest.mark.parametrize("name", MADE)
def test_made_references_repeat_and_differ_from_the_pristine_image(name: str) -> None:
    reference = parse_reference(name)
    once, twice = make(reference, H, SIZE, "A0001"), make(reference, H.copy(), SIZE, "A0001")
    assert once.shape == H.shape
    assert once.dtype == np.uint8
    assert np.array_equal(once, twice)
    assert not np.array_equal(once, H)


def test_strength_orders_the_error() -> None:
    def error(name: str) -> float:
        return float(((make(parse_reference(name), H, SIZE, "c").astype(float) - H) ** 2).mean())

    assert error("lr-x2") < error("lr-x4") < error("lr-x8")
    assert error("noise-25") < error("noise-50")
    assert error("jpeg-30") < error("jpeg-10")


def test_noise_has_the_stated_deviation_and_depends_on_content() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = parse_reference("noise-25")
    made = make(noise, grey, (200, 200), "a")
    assert (made.astype(float) - 128).std() == pytest.approx(25, rel=0.01)
    assert not np.array_equal(made, make(noise, grey, (200, 200), "b"))
    # Golden values: the same noise on every machine and with every NumPy, or scores are not comparable.
    assert made[0, :4, 0].tolist() == [134, 119, 98, 97]


def test_given_references_pass_unchanged() -> None:
    assert make(parse_reference("pristine"), H, SIZE, "c") is H
    assert make(parse_reference("degraded"), H, SIZE, "c") is H
    with pytest.raises(UserError, match="shows no image"):
        make(parse_reference("none"), H, SIZE, "c")


@pytest.mark.parametrize(
    ("small", "large", "fits"),
    [
        ((169, 255), (676, 1020), True),
        ((170, 255), (679, 1021), True),
        ((48, 32), (72, 48), True),
        ((36, 36), (288, 320), False),
        ((8, 12), (32, 40), False),
        ((1, 1), (7, 9), True),
        ((100, 200), (200, 300), False),
        ((100, 50), (100, 100), False),
        ((100, 100), (50, 50), False),
        ((99, 100), (100, 100), False),
    ],
)
def test_degraded_is_upsampled_only_by_one_factor(small: tuple[int, int], large: tuple[int, int], fits: bool) -> None:
    image = np.zeros((*small, 3), np.uint8)
    reference = parse_reference("degraded")
    if fits:
        assert make(reference, image, large, "c").shape == (*large, 3)
    else:
        with pytest.raises(DataError, match=r"d\.png \(\d+x\d+\) does not fit restored image r\.png \(\d+x\d+\)"):
            make(reference, image, large, "c", source="d.png", restored="r.png")


@settings(deadline=None)  # a loaded machine is no failure
@given(st.integers(8, 200), st.integers(8, 200), st.integers(2, 8), st.sampled_from([np.floor, np.ceil, np.rint]))
def test_every_way_of_rounding_a_size_fits(height: int, width: int, factor: int, rounding: np.ufunc) -> None:
    small = (max(1, int(rounding(height / factor))), max(1, int(rounding(width / factor))))
    made = make(parse_reference("degraded"), np.zeros((*small, 3), np.uint8), (height, width), "c")
    assert made.shape == (height, width, 3)


@pytest.mark.parametrize("name", ["pristine", "lr-x2", "noise-25"])
def test_pristine_must_have_the_size_of_the_restored_image(name: str) -> None:
    with pytest.raises(DataError, match=r"h\.png \(96x72\) does not fit restored image r\.png \(95x72\)"):
        make(parse_reference(name), H, (72, 95), "c", source="h.png", restored="r.png")


def test_too_small_for_the_factor() -> None:
    with pytest.raises(DataError, match="too small for lr-x8"):
        make(parse_reference("lr-x8"), H[:4, :4], (4, 4), "c")
