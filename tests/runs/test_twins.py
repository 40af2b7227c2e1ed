"""What a run shows beside the methods that were asked for."""

from __future__ import annotations

import pytest

from iqabench._util.devices import Machine
from iqabench.methods.registry import Registry
from iqabench.runs.evaluation import EvaluationRequest, plan_evaluation


@pytest.mark.parametrize(
    ("methods", "references", "anchors", "beside"),
    [
        (("ckdn",), (), True, {"ckdn-shipped", "psnr", "ssim"}),
        (("ckdn", "ckdn-shipped"), (), True, {"psnr", "ssim"}),
        (("ckdn",), ("pristine",), True, {"psnr", "ssim"}),  # the shipped one is shown degraded images alone
        (("ckdn-nr",), (), True, {"psnr", "ssim"}),
        (("ckdn",), (), False, set()),
    ],
)
def test_the_twin_with_weights_of_its_own_stands_beside_a_method_that_is_trained(
    methods: tuple[str, ...],
    references: tuple[str, ...],
    anchors: bool,
    beside: set[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # where the released weights may lie
    monkeypatch.delenv("IQABENCH_WEIGHTS", raising=False)
    asked = EvaluationRequest(methods, references=references, anchors=anchors)
    (planned,) = plan_evaluation(asked, Registry(), Machine(), lambda note: None).runs
    assert {entry.info.name for entry in planned.run.entries} == {*methods, *beside}
    assert planned.run.unasked == beside
