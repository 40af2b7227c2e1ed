"""What scores beside references of other contents tell."""

from __future__ import annotations

import numpy as np
import pytest

from iqabench.stats.reference_use import reference_use


def test_what_moves_all_restorations_of_a_content_alike_changes_no_order(labels, run, results):
    scores = np.random.default_rng(0).normal(0, 1, len(labels))
    shift = labels["content"].map({name: place for place, name in enumerate(sorted(set(labels["content"])))})
    again = dict(zip(labels["image_id"], scores + shift, strict=True))
    one = run("m", labels, scores, reference_check={"scores": again})
    found = reference_use(results(labels, [one]), one)
    assert found is not None
    assert found.moved == pytest.approx(0, abs=1e-12)
    assert found.hardly
    assert found.srcc == found.srcc_swapped
    assert reference_use(results(labels, [one]), run("m", labels, scores)) is None
