"""The plans that come with the package: whole, known to the registry, and in step with the printed figures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from iqabench._util.errors import MethodError, UserError
from iqabench.data.references import parse_reference
from iqabench.methods.registry import Registry
from iqabench.reproduce.cells import PlanCell, expand
from iqabench.reproduce.plans import Spec, TablePlan, available_plans, load_plan, parse_plan, read_published

PLANS = ("table2", "table3", "table4", "table5", "table6", "table7", "table8")
PLANS += ("table10", "table11", "table12", "table13", "figure5")
LABELS = pd.DataFrame(
    [(s, a) for s in ("BSD100", "Set14", "Set5") for a in ("Bicubic", "SPSR", "SRGAN")],
    columns=["category", "algorithm"],
)
MINIMAL = """
title = "x"
[[columns]]
label = "SRCC"
statistic = "srcc"
[[rows]]
label = "a"
method = "psnr"
"""


def _cells(name: str) -> list[PlanCell]:
    return expand(load_plan(name), LABELS)


def test_every_table_has_a_plan_in_the_papers_order() -> None:
    assert available_plans() == PLANS


@pytest.mark.parametrize("name", PLANS)
def test_every_printed_figure_has_its_cell(name: str) -> None:
    plan = load_plan(name)
    shown = [cell for cell in _cells(name) if cell.published is not None]
    assert len(shown) == len(read_published(plan.published))
    for cell in shown:
        assert cell.direction == cell.published.direction  # type: ignore[union-attr]


@pytest.mark.parametrize("name", PLANS)
def test_every_method_and_reference_exists(name: str) -> None:
    registry, absent = Registry(), []
    for cell in _cells(name):
        reference = parse_reference(cell.spec.reference or "")
        try:
            entry = registry.get(cell.method)
        except MethodError as error:
            absent.append(f"{cell.method}: {error}")
            continue
        assert reference.paradigm in entry.info.paradigms, (cell.method, reference.name)
        if not cell.method.startswith("pyiqa:"):
            assert set(cell.spec.parameters) <= set(entry.parameter_names())
    if absent:
        pytest.skip("; ".join(dict.fromkeys(absent)))


def test_table_7_shares_its_middle_training_with_the_other_tables() -> None:
    registry = Registry()
    if "ckdn" not in registry.names():
        pytest.skip("method ckdn is not installed")
    entry = registry.get("ckdn")
    middle = {(c.row, c.column): c.spec for c in _cells("table7")}
    without = {c.row: c.spec for c in _cells("table3")}["CKDN + CKD"]
    assert middle["ImageNet Pret.", "5"].parameters == without.parameters
    assert not any(middle["ImageNet Pret.", "5"].recipes.values())
    for recipe in ("paper", "quick"):
        default = entry.create(recipe=recipe).settings
        spec = middle["L_r Pret.", "10"]
        asked = {**spec.parameters, **spec.recipes.get(recipe, {}), "recipe": recipe}
        assert entry.create(**asked).settings == default


def test_a_row_goes_before_a_column_and_a_column_before_the_plan() -> None:
    row = Spec(method="a", parameters={"x": 1})
    column = Spec(method="b", reference="none", parameters={"x": 2, "y": 3})
    merged = row.over(column.over(Spec(reference="degraded", statistic="srcc")))
    assert merged == Spec(method="a", reference="none", statistic="srcc", parameters={"x": 1, "y": 3})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("title =", "titel =", "unknown key 'titel'; did you mean 'title'?"),
        ("method =", "metod =", "row 1 (a): unknown key 'metod'; did you mean 'method'?"),
        ("statistic =", "statistics =", "column 1 (SRCC): unknown key 'statistics'; did you mean 'statistic'?"),
        ('"srcc"', '"srccc"', "unknown statistic 'srccc'; did you mean 'srcc'?"),
        ('statistic = "srcc"', "", "no statistic for the cell 'a', 'SRCC'"),
        ('method = "psnr"', "", "no method for the cell"),
        ('label = "a"', "", "row 1: label is missing"),
        ('title = "x"', "", "title is missing"),
        ('title = "x"', 'title = "x"\nseeds = [-1]', "seed 1 must be 0 or more, not -1"),
        ('title = "x"', "title = 3", "title must be text"),
        ('label = "a"', 'label = "a"\ncomplement = 1', "complement must be true or false"),
        ('label = "a"', 'label = "a"\nbaseline = "b"', "baseline 'b' is no row"),
        (
            'label = "SRCC"',
            'label = "SRCC"\ndirection = "up"',
            "direction must be 'higher' or 'lower', not 'up'",
        ),
        ('label = "a"', 'label = "a"\neach = "mos"', "row 1 (a): each must be 'algorithm' or 'category', not 'mos'"),
        ('title = "x"', 'title = "x"\nname = "y"', "unknown key 'name'"),
        ('label = "a"', 'label = ""', "row 1: label is empty"),
        ('label = "a"', 'label = "a"\nreference = "degradet"', "row 1 (a), reference: "),
        ('label = "a"', 'label = "a"\nparameters = {x = 1979-05-27}', "row 1 (a), parameters: a parameter is a date"),
        ('label = "a"', 'label = "a"\nrecipes = {quick = 3}', "row 1 (a): recipes.quick must be a table, not 3"),
        ('label = "a"', 'label = "a"\ncategory = [3]', "row 1 (a): category 1 must be text, not 3"),
        ('title = "x"', f"title = 0x{'F' * 5000}", "title must be text, not a number of thousands of digits"),
        ('title = "x"', "title = ", "not a TOML file"),
    ],
)
def test_a_wrong_plan_names_file_and_key(old: str, new: str, told: str) -> None:
    assert _parse(MINIMAL).rows[0].method == "psnr"
    with pytest.raises(UserError) as caught:
        _parse(MINIMAL.replace(old, new, 1))
    assert "mine.toml" in str(caught.value)
    assert told in str(caught.value)


def test_a_rows_parameter_goes_before_a_columns_recipe() -> None:
    column = Spec(parameters={"x": 2}, recipes={"quick": {"x": 3, "y": 4}})
    merged = Spec(parameters={"x": 1}).over(column)
    assert merged.parameters == {"x": 1}
    assert merged.recipes == {"quick": {"y": 4}}


def test_an_unknown_plan_suggests_the_near_one() -> None:
    with pytest.raises(UserError, match="did you mean 'table12'"):
        load_plan("tabel12")
    with pytest.raises(UserError, match="no such file"):
        load_plan("nowhere/mine.toml")


def _parse(text: str) -> TablePlan:
    return parse_plan(text, Path("mine.toml"))
