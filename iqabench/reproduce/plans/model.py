"""A plan as data: the rows and columns of one table, and what each of its cells asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Spec:
    """What a cell asks for, as far as one row, column or plan says; None where it says nothing."""

    method: str | None = None
    reference: str | None = None
    parameters: Parameters = field(default_factory=dict)
    """Constructor parameters of the method; those of a row go before those of a column."""
    recipes: Mapping[str, Parameters] = field(default_factory=dict)
    """Further parameters for single recipes, by the recipe's name."""
    split: str | None = None
    drawn_share: float | None = None
    """Share of algorithms to validate on in a split drawn where ``split`` is not published for the data set."""
    category: tuple[str, ...] | None = None
    """Categories to look at; names that other data sets give to the same category may stand beside each other."""
    algorithm: str | None = None
    statistic: str | None = None
    scale: float | None = None
    """The figure is multiplied by it."""
    complement: bool | None = None
    """True for one minus the figure."""
    baseline: str | None = None
    """Label of the row whose figure in the same column is subtracted."""

    def over(self, other: Spec) -> Spec:
        """This spec completed by ``other``: what both say, this one decides, parameter by parameter."""
        merged: dict[str, Any] = {}
        for one in fields(Spec):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            merged[one.name] = {**theirs, **mine} if isinstance(theirs, Mapping) else theirs if mine is None else mine
        # What this spec says for every recipe goes before what the other says for one.
        theirs = {
            recipe: {key: value for key, value in parameters.items() if key not in self.parameters}
            for recipe, parameters in other.recipes.items()
        }
        merged["recipes"] = {
            recipe: {**theirs.get(recipe, {}), **self.recipes.get(recipe, {})} for recipe in {**theirs, **self.recipes}
        }
        return Spec(**merged)


@dataclass(frozen=True)
class PlanRow:
    """One row of the table, or with ``each`` one for each value of a column of the manifest."""

    label: str
    spec: Spec
    group: str = ""
    each: str | None = None
    marked: bool = True
    """False if the row cannot be the best or second: an upper bound."""


@dataclass(frozen=True)
class PlanColumn:
    """One column of the table, or with ``each`` one for each value of a column of the manifest."""

    label: str
    spec: Spec
    digits: int = 4
    direction: str = "higher"
    each: str | None = None


@dataclass(frozen=True)
class TablePlan:
    """One table: what is computed, and the published figures that it is compared with."""

    name: str
    title: str
    rows: tuple[PlanRow, ...]
    columns: tuple[PlanColumn, ...]
    cell: Spec = field(default_factory=Spec)
    paper: str = ""
    """Where the paper prints it, such as ``Table 2``."""
    published: str = ""
    """Name of the file with the published figures; empty if there are none."""
    dataset: str = "pipal"
    """Data set of the published figures."""
    retrainable: bool = False
    """True if a model may be trained anew for every made reference."""
    seeds: tuple[int, ...] = (0,)
    notes: tuple[str, ...] = ()
    source: Path | None = None
