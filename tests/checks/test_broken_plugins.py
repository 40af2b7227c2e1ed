"""Each deliberately broken method fails the check that is meant for it, with a message that teaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqabench.checks.run import check_method
from iqabench.methods.registry import Registry

PLUGINS = Path(__file__).parents[1] / "plugins"

MAP = "has a map that agrees with its score"
EXPECTED = {
    "wrong-shape": ("returns one finite score per image", "shape (4, 3)"),
    "wrong-count": ("returns one finite score per image", "shape (5,)"),
    "not-a-tensor": ("returns one finite score per image", "float"),
    "returns-nan": ("returns one finite score per image", "nan"),
    "changes-input": ("leaves its inputs alone", "in place"),
    "batch-dependent": ("does not depend on the batch", "alone"),
    "random-score": ("repeats itself", "random"),
    "seeds-globally": ("leaves the generators alone", "global random generator"),
    "wrong-direction": ("finds the reference itself best", "wrong way round"),
    "ignores-reference": ("looks at its reference", "paradigms='NR'"),
    "raises": ("returns one finite score per image", "ZeroDivisionError: on purpose"),
    "exits": ("returns one finite score per image", "SystemExit"),
    "square-only": ("takes images that are not square", "RuntimeError"),
    "odd-settings": ("names the weights it loaded by digest", "no SHA-256"),
    "infinite-slope": ("has finite gradients", "clamp_min(1e-12)"),
    "infinite-loss": ("has finite gradients", "guard divisions and logarithms"),
    "promises-a-gradient": ("promised gradients agree with the scores", "torch.no_grad"),
    "half-cut-off": ("promised gradients agree with the scores", "a step of 1 of 255 grey levels along it should"),
    "map-of-channels": (MAP, "returned (4, 3, 64, 80)"),
    "map-not-there": (MAP, "must define map(restored, prepared)"),
    "map-not-finite": (MAP, "NaN or infinity"),
    "map-below-zero": (MAP, "declare map_signed"),
    "map-at-random": (MAP, "draw nothing at random"),
    "map-of-something-else": (MAP, "add up to the scores"),
    "map-turned-round": (MAP, "larger must be worse"),
    "untrainable": ("trains and can be saved", "trained_state()"),
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry((PLUGINS / "broken.py",))


def test_every_broken_method_is_expected(registry: Registry) -> None:
    assert set(registry.file_names()) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_method_fails_the_right_check(registry: Registry, name: str) -> None:
    check, words = EXPECTED[name]
    failures = {result.check: result.message for result in check_method(registry.get(name)) if not result.passed}
    assert check in failures
    assert words in failures[check]


def test_ten_line_plugin_passes() -> None:
    registry = Registry((PLUGINS / "ten_lines.py",))
    results = check_method(registry.get("mae"))
    assert [result for result in results if not result.passed] == []
    assert len(results) > 8
