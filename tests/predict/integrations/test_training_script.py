"""The training script in the style of BasicSR: twenty iterations, validated by CKDN, its TensorBoard file read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.examples.basicsr_style import CONFIG, train


def test_twenty_iterations(tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
    )
    validation = train(CONFIG, 20, tmp_path)
    events = accumulator.EventAccumulator(str(tmp_path / "tb_logger")).Reload()
    scalars = {name: [(one.step, one.value) for one in events.Scalars(name)] for name in events.Tags()["scalars"]}
    assert set(scalars) == {"losses/l_pix", "metrics/ckdn", "metrics/psnr", "metrics/gmsd"}
    assert [step for step, _ in scalars["losses/l_pix"]] == list(range(1, 21))
    for name, best in validation.best.items():
        logged = dict(scalars[f"metrics/{name}"])
        assert set(logged) == {10, 20}
        assert logged[best.step] == pytest.approx(best.score, rel=1e-6)
    assert 0 < validation.best["ckdn"].score < 1
    assert validation.higher_is_better == {"ckdn": True, "psnr": True, "gmsd": False}
    assert list(tmp_path.rglob("events.out.tfevents.*"))
