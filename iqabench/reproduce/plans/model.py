"""A plan as data: the rows and columns of one table, and what each of its cells asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from iqabench._util.errors import UserError
from iqabench._util.records import ClosedRecord, Lenient, suggestion
from iqabench.data.references import parse_reference
from iqabench.stats.table import STATISTICS

Parameters = dict[str, Any]
Label = Annotated[str, Field(min_length=1)]

STATISTIC_NAMES = tuple(one.name for one in STATISTICS if one.in_plans)
"""Figures that a cell can show."""


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Spec(ClosedRecord):
    """What a cell asks for, as far as one row, column or plan says; None where it says nothing."""

    method: str | None = None
    reference: str | None = None
    parameters: Parameters = Field(default_factory=dict)
    """Constructor parameters of the method; those of a row go before those of a column."""
    recipes: dict[str, Parameters] = Field(default_factory=dict)
    """Further parameters for single recipes, by the recipe's name."""
    split: str | None = None
    drawn_share: float | None = None
    """Share of algorithms to validate on in a split drawn where ``split`` is not published for the data set."""
    category: Annotated[tuple[str, ...] | None, Lenient, BeforeValidator(_several)] = None
    """Categories to look at; names that other data sets give to the same category may stand beside each other."""
    algorithm: str | None = None
    statistic: str | None = None
    scale: float | None = None
    """The figure is multiplied by it."""
    complement: bool | None = None
    """True for one minus the figure."""
    baseline: str | None = None
    """Label of the row whose figure in the same column is subtracted."""

    @field_validator("statistic")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        if name is not None and name not in STATISTIC_NAMES:
            raise ValueError(f"unknown statistic {name!r}{suggestion(name, STATISTIC_NAMES)}")
        return name

    @field_validator("reference")
    @classmethod
    def _can_be_made(cls, name: str | None) -> str | None:
        try:
            parse_reference(name or "none")
        except UserError as error:
            raise ValueError(str(error)) from error
        return name

    @field_validator("parameters", "recipes")
    @classmethod
    def _is_json(cls, parameters: Parameters) -> Parameters:
        try:
            json.dumps(parameters)
        except TypeError as error:
            raise ValueError("a parameter is a date or a time; write it as text, in quotes") from error
        return parameters

    def over(self, other: Spec) -> Spec:
        """This spec completed by ``other``: what both say, this one decides, parameter by parameter."""
        merged: dict[str, Any] = {}
        for name in Spec.model_fields:
            mine, theirs = getattr(self, name), getattr(other, name)
            merged[name] = {**theirs, **mine} if isinstance(theirs, Mapping) else theirs if mine is None else mine
        # What this spec says for every recipe goes before what the other says for one.
        theirs = {
            recipe: {key: value for key, value in parameters.items() if key not in self.parameters}
            for recipe, parameters in other.recipes.items()
        }
        merged["recipes"] = {
            recipe: {**theirs.get(recipe, {}), **self.recipes.get(recipe, {})} for recipe in {**theirs, **self.recipes}
        }
        return Spec(**merged)


class PlanRow(Spec):
    """One row of the table, or with ``each`` one for each value of a column of the manifest."""

    label: Label
    group: str = ""
    each: Literal["algorithm", "category"] | None = None
    marked: bool = True
    """False if the row cannot be the best or second: an upper bound."""


class PlanColumn(Spec):
    """One column of the table, or with ``each`` one for each value of a column of the manifest."""

    label: Label
    digits: Annotated[int, Field(ge=0, le=17)] = 4
    direction: Literal["higher", "lower"] = "higher"
    each: Literal["algorithm", "category"] | None = None


class PlanFile(ClosedRecord):
    """One table: what is computed, and the published figures that it is compared with."""

    title: Label
    rows: Annotated[tuple[PlanRow, ...], Lenient, Field(min_length=1)]
    columns: Annotated[tuple[PlanColumn, ...], Lenient, Field(min_length=1)]
    cell: Spec = Field(default_factory=Spec)
    paper: str = ""
    """Where the paper prints it, such as ``Table 2``."""
    published: str = ""
    """Name of the file with the published figures; empty if there are none."""
    dataset: str = "pipal"
    """Data set of the published figures."""
    retrainable: bool = False
    """True if a model may be trained anew for every made reference."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Lenient, Field(min_length=1)] = (0,)
    notes: Annotated[tuple[str, ...], Lenient] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Labels are unique, every cell knows method and statistic, every baseline is a row."""
        labels = [row.label for row in self.rows]
        for what, names in (("row", labels), ("column", [column.label for column in self.columns])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {what}s are called {twice[0]!r}")
        for row in self.rows:
            for column in self.columns:
                spec = row.over(column.over(self.cell))
                for key in ("method", "statistic"):
                    if getattr(spec, key) is None:
                        raise ValueError(
                            f"no {key} for the cell {row.label!r}, {column.label!r}; "
                            "give it to the row, the column or [cell]"
                        )
                if spec.baseline is not None and spec.baseline not in labels:
                    raise ValueError(f"baseline {spec.baseline!r} is no row")
        return self


class TablePlan(PlanFile):
    """A plan and its name, which is that of its file."""

    name: str
