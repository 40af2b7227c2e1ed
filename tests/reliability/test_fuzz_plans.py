"""Damaged plans give a table's jobs or one clear UserError; so do damaged words of the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz_guard import Guard, fuzz, memory_folder
from fuzz_mutations import TEXTS, damaged
from hypothesis import given
from hypothesis import strategies as st

from iqabench._util.errors import UserError
from iqabench.cli.options import parse_settings
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.data.splits import load_split
from iqabench.methods.registry import Registry
from iqabench.reproduce.cells import expand
from iqabench.reproduce.jobs import Asked, Choices, ask
from iqabench.reproduce.plans import TablePlan, load_plan
from iqabench.reproduce.plans.parse import plan_files
from iqabench.reproduce.source import Source
from iqabench.reproduce.sources import source_of_data

pytestmark = pytest.mark.timeout(3600)

guards = {kind: Guard(kind, 200) for kind in ("plans", "words")}
BASES = [file.read_bytes() for file in plan_files().values()]
BASES += [
    b'title = "t"\nseeds = [0, 1]\nrows = [{label = "a", method = "psnr", parameters = {x = 1, y = "z"}}]\n'
    b'columns = [{label = "c", statistic = "srcc", category = ["00", "03"], digits = 3, scale = 2.0}]\n',
    b'title = "t"\n[[rows]]\nlabel = "each {algorithm}"\neach = "algorithm"\nmethod = "ssim"\nbaseline = "b"\n'
    b'[[rows]]\nlabel = "b"\nmethod = "ckdn"\nrecipes = {quick = {d = 1979-05-27, f = nan}}\n'
    b'[[columns]]\nlabel = "c"\nstatistic = "pair_accuracy"\ncomplement = true\nsplit = "50-39"\ndrawn_share = 0.3\n',
]


@pytest.fixture(scope="module")
def source() -> Source:
    for entry in Registry().entries():
        entry.parameter_names()  # imports torch and the methods, which no input is to be charged with
    dataset = open_dataset("mini")
    return source_of_data(dataset, "f" * 32, load_split("mini", dataset.default_split or ""), dataset, "quick")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    yield (place := memory_folder())
    shutil.rmtree(place)


@fuzz(fast=60)
@given(data=damaged(BASES))
def test_plans(source: Source, folder: Path, data: bytes) -> None:
    path = folder / "mine.toml"
    path.write_bytes(data)
    registry = Registry()

    def read() -> tuple[TablePlan, list[Asked]]:
        plan = load_plan(path)
        return plan, ask(plan, expand(plan, source.labels_of(source.default_split)), source, registry, Choices())

    found = guards["plans"](read)
    if isinstance(found, UserError):
        assert "mine.toml" in str(found) or "published figures" in str(found) or "method" in str(found), str(found)
        return
    plan, asked = found
    assert plan.rows
    assert all(one.jobs or one.left_out for one in asked)
    for job in (job for one in asked for job in one.jobs):
        json.loads(job.parameters)
        parse_reference(job.reference)


words = st.lists(st.sampled_from((*TEXTS, "ckdn", "ckdn.recipe", "recipe=", "lr-x", "4", "noise-", "=")), max_size=5)


@fuzz(fast=150)
@given(pieces=words)
def test_words_of_the_command_line(pieces: list[str]) -> None:
    word = "".join(pieces)
    for read in (lambda: parse_settings((word,)), lambda: parse_reference(word), lambda: Registry().get(word)):
        found = guards["words"](read)
        assert found is not None
