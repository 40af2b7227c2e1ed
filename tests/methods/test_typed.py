"""A setting has the type that the constructor declares, in every method and through the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from manifests import Command

from iqabench._util.errors import MethodError, UserError
from iqabench.methods.registry import Registry
from iqabench.methods.typed import TRUTH, typed_settings

REGISTRY = Registry(())


def build(flag: bool = True, count: int = 2, share: float = 0.5, word: str = "a", maybe: int | None = None, own=3):  # type: ignore[no-untyped-def]
    """A constructor with a parameter of each type."""


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        *(({"flag": word}, {"flag": value}) for word, value in TRUTH.items()),
        *(({"flag": word.title()}, {"flag": value}) for word, value in TRUTH.items()),
        ({"flag": 0}, {"flag": False}),
        ({"flag": 1.0}, {"flag": True}),
        ({"count": 3.0}, {"count": 3}),
        ({"share": 1}, {"share": 1.0}),
        ({"maybe": None}, {"maybe": None}),
        ({"own": 4}, {"own": 4}),
        ({"unknown": "x"}, {"unknown": "x"}),
    ],
)
def test_what_is_meant_is_taken(given: dict[str, Any], meant: dict[str, Any]) -> None:
    found = typed_settings(build, given)
    assert found == meant
    assert [type(one) for one in found.values()] == [type(one) for one in meant.values()]


@pytest.mark.parametrize(
    "wrong",
    [
        {"flag": "maybe"},
        {"flag": 2},
        {"flag": None},
        {"count": "3"},
        {"count": 2.5},
        {"count": True},
        {"share": "half"},
        {"word": 5},
        {"maybe": "3"},
        {"own": "x"},
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match=f"^{next(iter(wrong))}="):
        typed_settings(build, wrong)


@pytest.mark.parametrize("name", REGISTRY.names())
def test_no_method_takes_a_text_for_a_number_or_a_truth_value(name: str) -> None:
    entry = REGISTRY.get(name)
    try:
        parameters = entry.parameters()
    except UserError as error:
        pytest.skip(str(error))
    for parameter, default in parameters.items():
        if isinstance(default, bool | int | float):
            with pytest.raises(UserError, match=f"{parameter}='maybe'"):
                entry.create(**{parameter: "maybe"})


def test_off_is_off_and_has_one_signature(iqabench: Command, manifest: Path) -> None:
    images = (manifest.parent / "c0-a1.png", manifest.parent / "c0-degraded.png")
    said = {
        word: iqabench("score", *images, "--method", "ssim", "--set", f"ssim.downsample={word}", "--format", "csv")
        for word in ("false", "off")
    }
    assert said["off"].returncode == 0
    assert said["off"].stdout == said["false"].stdout
    assert "downsample=false" in said["off"].stdout + said["off"].stderr
    wrong = iqabench("score", *images, "--method", "ssim", "--set", "ssim.downsample=maybe")
    assert wrong.returncode == 2
    assert "downsample='maybe': it takes true or false" in wrong.stderr
