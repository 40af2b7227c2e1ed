"""Agreement between judges, and who of them is believed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from iqabench.predict.judging.controls import ControlNumbers
from iqabench.stats.krippendorff import nominal_alpha
from iqabench.stats.screening import ControlsAnswered, ScreeningRule

BINARY = ("0100000010", "1110010000")
NOMINAL = ("aabbdcccedda", "babbbccceddd")
MISSING = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def units(judges: tuple[str, ...]) -> list[list[str]]:
    return [[value for value in unit if value != "."] for unit in zip(*judges, strict=True)]


@pytest.mark.parametrize(("judges", "alpha"), [(BINARY, 0.095), (NOMINAL, 0.692), (MISSING, 0.743)])
def test_alpha_of_the_examples_of_the_paper(judges: tuple[str, ...], alpha: float) -> None:
    """Krippendorff (2011), sections A, B and C."""
    assert round(nominal_alpha(units(judges)), 3) == alpha


def test_alpha_at_its_ends() -> None:
    assert nominal_alpha([["a", "a"], ["b", "b", "b"]]) == 1
    assert nominal_alpha([["a", "a"]]) == 1
    assert math.isnan(nominal_alpha([["a"], []]))
    assert nominal_alpha([["a", "b"], ["b", "a"]]) < 0


@given(st.lists(st.lists(st.sampled_from("abs"), max_size=6), max_size=12))
def test_alpha_does_not_depend_on_names_or_order(values: list[list[str]]) -> None:
    alpha = nominal_alpha(values)
    renamed = [[{"a": "s", "b": "a", "s": "b"}[one] for one in reversed(unit)] for unit in reversed(values)]
    assert nominal_alpha(renamed) == pytest.approx(alpha, nan_ok=True)
    assert math.isnan(alpha) or alpha <= 1


@pytest.mark.parametrize(
    ("controls", "why"),
    [
        (ControlsAnswered(10, 8, 8, 6), ""),
        (ControlsAnswered(10, 7, 8, 8), ""),
        (ControlsAnswered(10, 6, 8, 8), "6 of 10 obvious pairs right"),
        (ControlsAnswered(0, 0, 8, 8), "answered no obvious pair"),
        (ControlsAnswered(10, 10, 8, 1), "1 of 8 repeated pairs"),
        (ControlsAnswered(10, 10, 8, 2), ""),
        (ControlsAnswered(3, 3, 0, 0), ""),
        (ControlsAnswered(8, 8, 8, 4, 11, 11), "chose the left image in 11 of 11 pairs"),
        (ControlsAnswered(8, 8, 8, 4, 100, 20), "chose the right image in 80 of 100 pairs"),
        (ControlsAnswered(8, 8, 8, 4, 10, 10), ""),
        (ControlsAnswered(8, 8, 8, 8, 100, 62), ""),
    ],
)
def test_who_is_left_out(controls: ControlsAnswered, why: str) -> None:
    assert controls.left_out(ScreeningRule()).startswith(why)
    assert bool(controls.left_out(ScreeningRule())) == bool(why)


def test_the_rule_can_be_moved() -> None:
    assert ControlsAnswered(10, 4, 8, 1, 50, 50).left_out(ScreeningRule(0.0, 0.0, 0.0)) == ""
    assert ControlsAnswered(10, 7, 8, 8).left_out(ScreeningRule(obvious_level=0.1))


@pytest.mark.parametrize(("rate", "left_out"), [(0.9, 0.026), (0.5, 0.927), (0.0, 1.0)])
def test_obvious_pairs_tell_an_honest_judge_who_slips_from_a_coin(rate: float, left_out: float) -> None:
    """As many as a page has by default; the shares are those of docs/judge.md."""
    pairs = ControlNumbers().obvious
    fails = [k for k in range(pairs + 1) if ControlsAnswered(pairs, k, 0, 0).left_out(ScreeningRule())]
    assert binom.pmf(fails, pairs, rate).sum() == pytest.approx(left_out, abs=5e-4)
