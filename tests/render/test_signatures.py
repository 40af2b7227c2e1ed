"""Every format of a table says the signature of every row, and which rows other library versions computed."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rich.console import Console

from iqabench.render.leaderboards import print_table, render
from iqabench.render.report import render_report, report_context
from iqabench.render.write import FORMATS
from iqabench.results.provenance import OTHER_LIBRARIES, library_versions
from iqabench.results.signature import parse_signature
from iqabench.results.store import digest
from iqabench.stats.leaderboard import leaderboard

IDENTITY = {
    **{"schema": 2, "version": "1", "code": None, "settings": {"window": "a|b"}, "weights": {}, "training": None},
    **{"selection": "none", "reference": "degraded", "upsampling": "bicubic", "pixels": "1", "dataset": "toy"},
    **{"fingerprint": "f", "split": "s", "precision": "fp32", "tf32": False, "tiles": "whole"},
}


@pytest.fixture
def signed(labels, run, results, noisy):
    runs = []
    for number, (name, versions) in enumerate({"b_1": {}, "a": {}, "old": {"torch": "1.0"}}.items()):
        identity = IDENTITY | {"method": name}
        facts = {"identity": identity, "run_id": digest(identity), "versions": library_versions() | versions}
        runs.append(run(name, labels, noisy(50 + 300 * number), **facts))
    return results(labels, runs)


def lines_of(text: str, names: list[str]) -> list[str]:
    """The signatures in ``text``, in their order."""
    words = (line.removeprefix("% ").strip() for line in text.splitlines())
    return [word for word in words if any(word.startswith(f"{name}|v1|") for name in names)]


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_says_the_signature_of_every_row_in_their_order(signed, style: str) -> None:
    frame = leaderboard(signed)
    text = render([frame], style)
    if style == "json":
        found = [row["signature"] for row in json.loads(text)]
    elif style == "csv":
        found = [row["signature"] for row in csv.DictReader(io.StringIO(text))]
    else:
        found = lines_of(text, list(frame["method"]))
    assert found == list(frame["signature"])
    assert [parse_signature(line).method for line in found] == list(frame["method"])


def test_a_narrow_terminal_breaks_no_signature(signed) -> None:
    target = io.StringIO()
    frame = leaderboard(signed)
    print_table(frame, Console(file=target, width=40, force_terminal=True, no_color=True, color_system=None))
    assert lines_of(target.getvalue(), list(frame["method"])) == list(frame["signature"])


def test_the_report_says_them(signed) -> None:
    page = render_report(report_context(signed))
    for line in leaderboard(signed)["signature"]:
        assert f'<code class="copied" tabindex="0">{line}</code>' in page


@pytest.mark.parametrize("style", ["text", "markdown", "latex"])
def test_rows_of_other_library_versions_are_named_in_one_sentence(signed, style: str) -> None:
    text = render([leaderboard(signed)], style)
    here = library_versions()["torch"]
    assert text.count(OTHER_LIBRARIES) == 1
    assert "torch 1.0" in text
    assert f"here {here}" in text.replace("\\", "")
    same = [run for run in signed.runs if run.method != "old"]
    assert OTHER_LIBRARIES not in render([leaderboard(type(signed)(**vars(signed) | {"runs": same}))], style)
