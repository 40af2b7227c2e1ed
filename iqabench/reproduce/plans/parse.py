"""TOML to :class:`~iqabench.reproduce.plans.model.TablePlan`; an unknown key is an error that names file and key."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from iqabench._util.errors import UserError
from iqabench._util.papers import folders
from iqabench.data.references import parse_reference
from iqabench.data.rows import read_text
from iqabench.data.tomlfile import MAX_BYTES, parse_toml
from iqabench.reproduce.plans.model import PlanColumn, PlanRow, Spec, TablePlan
from iqabench.stats.table import STATISTICS

CELL_KEYS = tuple(one.name for one in fields(Spec))
ROW_KEYS = ("label", "group", "each", "marked", *CELL_KEYS)
COLUMN_KEYS = ("label", "digits", "direction", "each", *CELL_KEYS)
PLAN_KEYS = tuple(one.name for one in fields(TablePlan) if one.name not in ("name", "source"))
EACH = ("algorithm", "category")
DIRECTIONS = ("higher", "lower")

STATISTIC_NAMES = tuple(one.name for one in STATISTICS if one.in_plans)
"""Figures that a cell can show."""

_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("scale", "drawn_share"), (int, float)),
    **dict.fromkeys(("parameters", "recipes", "cell"), (dict,)),
    **dict.fromkeys(("complement", "retrainable", "marked"), (bool,)),
    **dict.fromkeys(("seeds", "notes", "rows", "columns"), (list,)),
    "digits": (int,),
    "category": (str, list),
}
_WORDS = {dict: "a table", list: "a list", bool: "true or false", int: "a number", str: "text"}


def plan_files() -> dict[str, Path]:
    """Plans that are installed, by name."""
    return {file.stem: file for folder in reversed(folders("PLANS")) for file in sorted(folder.glob("*.toml"))}


def available_plans() -> tuple[str, ...]:
    """Names of the plans that are installed, in the paper's order."""
    return tuple(sorted(plan_files(), key=lambda name: (not name.startswith("table"), len(name), name)))


def load_plan(name: str | Path) -> TablePlan:
    """Load a plan by its name, or from a TOML file.

    Raises
    ------
    UserError
        If there is no such plan (with a suggestion), or its file is wrong (file and key are named).
    """
    path = Path(name)
    if path.suffix != ".toml":
        known = available_plans()
        if str(name) not in known:
            near = difflib.get_close_matches(str(name).lower(), known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise UserError(f"no plan {str(name)!r}{hint} There are: {', '.join(known)}, or a path to a .toml file")
        path = plan_files()[str(name)]
    return parse_plan(read_text(path, UserError, MAX_BYTES), path)


def parse_plan(text: str, path: Path) -> TablePlan:
    """Parse the text of a plan; ``path`` names it in messages. Raises UserError."""
    table = parse_toml(text, path, UserError)
    _check_keys(table, PLAN_KEYS, f"plan {path}")
    for key in ("title", "rows", "columns"):
        if not table.get(key):
            raise UserError(f"plan {path}: {key} is missing")
    rows = tuple(_row(one, f"plan {path}, row {n}") for n, one in enumerate(table.pop("rows"), start=1))
    columns = tuple(_column(one, f"plan {path}, column {n}") for n, one in enumerate(table.pop("columns"), start=1))
    cell = _spec(table.pop("cell", {}), f"plan {path}, [cell]")
    seeds = tuple(table.pop("seeds", (0,)))
    if not seeds or not all(isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 for seed in seeds):
        raise UserError(f"plan {path}: seeds must be whole numbers from 0 on, e.g. seeds = [0, 1, 2]")
    notes = tuple(str(note) for note in table.pop("notes", ()))
    plan = TablePlan(
        name=path.stem, rows=rows, columns=columns, cell=cell, seeds=seeds, notes=notes, source=path, **table
    )
    _check_whole(plan, path)
    return plan


def _row(table: Any, where: str) -> PlanRow:
    own, spec = _labelled(table, ROW_KEYS, where)
    return PlanRow(spec=spec, **own)


def _column(table: Any, where: str) -> PlanColumn:
    own, spec = _labelled(table, COLUMN_KEYS, where)
    if own.get("direction", "higher") not in DIRECTIONS:
        raise UserError(f"{where}: direction {own['direction']!r}; use 'higher' or 'lower'")
    return PlanColumn(spec=spec, **own)


def _labelled(table: Any, known: Collection[str], where: str) -> tuple[dict[str, Any], Spec]:
    if not isinstance(table, dict):
        raise UserError(f"{where}: must be a table, [[rows]] or [[columns]]")
    _check_keys(table, known, where)
    if not table.get("label"):
        raise UserError(f"{where}: label is missing")
    if table.get("each") not in (None, *EACH):
        raise UserError(f"{where}: each = {table['each']!r}; use one of: {', '.join(EACH)}")
    own = {key: value for key, value in table.items() if key not in CELL_KEYS}
    return own, _spec({key: value for key, value in table.items() if key in CELL_KEYS}, where)


def _spec(table: dict[str, Any], where: str) -> Spec:
    _check_keys(table, CELL_KEYS, where)
    statistic = table.get("statistic")
    if statistic is not None and statistic not in STATISTIC_NAMES:
        near = difflib.get_close_matches(statistic, STATISTIC_NAMES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"{where}: unknown statistic {statistic!r}{hint} Known: {', '.join(STATISTIC_NAMES)}")
    if "reference" in table:
        try:
            parse_reference(table["reference"])
        except UserError as error:
            raise UserError(f"{where}: {error}") from error
    try:
        json.dumps([table.get("parameters"), table.get("recipes")])
    except TypeError as error:
        raise UserError(f"{where}: a parameter is a date or a time; write it as text, in quotes") from error
    for recipe, parameters in table.get("recipes", {}).items():
        if not isinstance(parameters, dict):
            raise UserError(f"{where}: recipes.{recipe} must be a table of parameters")
    if "category" in table:
        named = table["category"]
        table = {**table, "category": (named,) if isinstance(named, str) else tuple(map(str, named))}
    return Spec(**table)


def _check_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(known)}"
            raise UserError(f"{where}: unknown key {key!r}{hint}")
        types = _TYPES.get(key, (str,))
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise UserError(f"{where}: {key} must be {_WORDS[types[0]]}, not {value!r}")


def _check_whole(plan: TablePlan, path: Path) -> None:
    """Labels are unique, every cell knows method and statistic, every baseline is a row."""
    for what, labels in (("row", [r.label for r in plan.rows]), ("column", [c.label for c in plan.columns])):
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise UserError(f"plan {path}: two {what}s are called {twice[0]!r}")
    for row in plan.rows:
        for column in plan.columns:
            spec = row.spec.over(column.spec.over(plan.cell))
            for key in ("method", "statistic"):
                if getattr(spec, key) is None:
                    raise UserError(
                        f"plan {path}: no {key} for the cell {row.label!r}, {column.label!r}; "
                        "give it to the row, the column or [cell]"
                    )
            if spec.baseline is not None and spec.baseline not in {r.label for r in plan.rows}:
                raise UserError(f"plan {path}: baseline {spec.baseline!r} is no row")
