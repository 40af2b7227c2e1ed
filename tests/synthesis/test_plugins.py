"""Restorers from plugin files, and restorers that cannot run here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthesizing import read_rows

from iqabench._util.errors import MethodError
from iqabench._util.extras import how_to_get
from iqabench.cli.main import cli
from iqabench.data.images import read_image
from iqabench.synthesis.contract import RestorerEntry, RestorerInfo, restorer
from iqabench.synthesis.registry import RestorerRegistry

INVERT = """\
import numpy as np
from iqabench import restorer

@restorer("twice", takes="lr", category="01")
def twice(image, scale):
    "Every pixel repeated, by hand."
    return image.repeat(scale, 0).repeat(scale, 1)
"""


def plugin(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_plugin_restorer_end_to_end(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    outcome = synthesize(out, "--plugin", plugin(tmp_path, INVERT))
    assert outcome.code == 0, outcome.err
    algorithms = {r["algorithm"]: r for r in read_rows(out / "algorithms.csv")}
    assert set(algorithms) - {"00_00", "03_00", "04_00", "00_10", "05_10"} == {"01_twice-bic4", "01_twice-bic2"}
    row = next(r for r in read_rows(out / "manifest.csv") if r["algorithm"] == "01_twice-bic4")
    degraded = read_image(out / row["degraded"])
    assert np.array_equal(read_image(out / row["image"]), degraded.repeat(4, 0).repeat(4, 1))
    sides = {r["algorithm"]: r["part"] for r in read_rows(out / "splits" / "algorithms.csv")}
    assert sides["01_twice-bic4"] == sides["01_twice-bic2"] == "train"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (INVERT.replace("repeat(scale, 0)", "repeat(1, 0)"), "returned shape (12, 48, 3); it must be (48, 48, 3)"),
        (INVERT.replace("return image", "return np.nan * image"), "returned values that are not finite"),
        (INVERT.replace("return image", "return 1 // 0 * image"), "twice failed on a 12x12 image: ZeroDivisionError"),
        (INVERT.replace('takes="lr"', 'takes="fog"'), "takes 'fog'"),
        (INVERT.replace('category="01"', 'category="x"'), "category 'x'"),
        ("import nowhere_to_be_found", "cannot be imported: ModuleNotFoundError"),
        ("x = 1", "no restorer in it"),
    ],
)
def test_bad_plugin(synthesize, tmp_path: Path, text: str, words: str) -> None:
    outcome = synthesize(tmp_path / "made", "--plugin", plugin(tmp_path, text))
    assert outcome.code == 2
    assert words in " ".join(outcome.err.split())


BROKEN_METRIC = """\
from iqabench import UserError, method

@method("broken", paradigms="FR")
class Broken:
    def __init__(self):
        raise UserError("its weights are nowhere")
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_metric_that_cannot_be_made_says_why(synthesize, tmp_path: Path, recipe: Path, jobs: str) -> None:
    recipe.write_text(recipe.read_text().replace("psnr = 0.5", "broken = 0.5"))
    outcome = synthesize(tmp_path / "made", "--plugin", plugin(tmp_path, BROKEN_METRIC), "--jobs", jobs)
    assert outcome.code == 2
    assert "its weights are nowhere" in outcome.err


def test_restorer_without_its_package_is_left_out_and_said(synthesize, tmp_path: Path) -> None:
    text = INVERT.replace('category="01"', 'category="01", needs=("a_package_nobody_has",)')
    out = tmp_path / "made"
    outcome = synthesize(out, "--plugin", plugin(tmp_path, text))
    assert outcome.code == 0
    message = " ".join(outcome.err.split())
    assert "left out: restorer twice (01_twice-bic4, 01_twice-bic2): needs a_package_nobody_has" in message
    assert how_to_get("synthesis") in message
    assert len(read_rows(out / "manifest.csv")) == 14
    assert "a_package_nobody_has" in (out / "card.toml").read_text(encoding="utf-8")


def test_unwanted_restorer_is_left_out(synthesize, tmp_path: Path) -> None:
    outcome = synthesize(tmp_path / "made", "--without", "gaussian")
    assert outcome.code == 0
    assert "left out: restorer gaussian (04_00): not wanted" in " ".join(outcome.err.split())
    assert "10 restored images" in outcome.out


def test_list_shows_builtin_and_plugin_restorers(tmp_path: Path) -> None:
    from click.testing import CliRunner

    shown = CliRunner().invoke(cli, ["list", "restorers", "--plugin", str(plugin(tmp_path, INVERT))])
    assert shown.exit_code == 0, shown.output
    assert "realesrgan" in shown.output
    assert "Every pixel repeated, by hand." in shown.output


def test_every_builtin_restorer_runs_as_declared() -> None:
    registry = RestorerRegistry()
    rng = np.random.default_rng(0)
    image = rng.random((24, 28, 3), dtype=np.float32)
    before = image.copy()
    run = 0
    for name in registry.names():
        entry = registry.get(name)
        if entry.info.files or entry.info.missing():
            continue
        scale = (entry.info.scales or (3,))[0] if entry.info.enlarges else 1
        result = entry.run(image, scale, {}, np.random.default_rng(1))
        assert result.dtype == np.float32
        assert not np.array_equal(result, np.repeat(np.repeat(image, scale, 0), scale, 1)) or name == "nearest"
        assert np.array_equal(entry.run(image, scale, {}, np.random.default_rng(1)), result), name
        assert np.array_equal(image, before), name
        run += 1
    assert run >= 20


def test_reserved_words_are_no_settings() -> None:
    @restorer("odd", takes="noise")
    def odd(image, scale, rng, size=3):
        return image

    entry = RestorerEntry(odd.restorer_info, odd)
    entry.check_settings({"size": 5})
    with pytest.raises(MethodError, match="has: size"):
        entry.check_settings({"rng": 1})


@pytest.mark.parametrize(
    ("takes", "scales", "kinds", "scale", "suits"),
    [
        (("lr",), (), {"lr"}, 3, True),
        (("lr",), (4,), {"lr"}, 3, False),
        (("lr",), (), {"lr", "noise"}, 4, False),
        (("lr", "jpeg"), (), {"jpeg"}, 1, False),
        (("lr", "jpeg"), (1, 2), {"jpeg"}, 1, True),
        (("noise",), (), {"noise"}, 1, True),
        ((), (), set(), 1, False),
    ],
)
def test_which_degradations_suit(
    takes: tuple[str, ...], scales: tuple[int, ...], kinds: set[str], scale: int, suits: bool
) -> None:
    assert RestorerInfo("x", takes, scales=scales).suits(frozenset(kinds), scale) is suits
