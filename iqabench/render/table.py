"""The one model of a table: six renderers write it, and whoever has a table to show builds it.

:class:`Table` holds columns, rows and the sentences around them as plain text. Nothing in it is escaped, and nothing
depends on a format: ``terminal``, ``markdown``, ``latex``, ``csv``, ``json`` and ``html`` each write it in their
own way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Emphasis = Literal["best", "second", "quiet", "code", "copied", ""]
"""``code`` is set as code, ``copied`` as code that a reader will copy."""

SIGNATURES = "Signatures, in the order of the rows; 'iqabench explain SIGNATURE' reads one back:"
"""What stands above the signatures below a table, one for each row."""


class Unbroken(str):
    """A sentence that holds a command: a terminal breaks no line within it, so that it can be copied."""

    __slots__ = ()


@dataclass(frozen=True)
class Column:
    """One column: what stands above it, and how its cells are set."""

    name: str
    """In frames, CSV, JSON and ``--columns``."""
    label: str
    """Above the column, with its unit."""
    better: int = 0
    """+1 if higher is better, -1 if lower, 0 if neither; an arrow beside the label says it."""
    digits: int | None = None
    """Digits after the point; None for text and whole numbers."""
    numeric: bool = False
    """True if it is set flush right."""
    explanation: str = ""
    """For a reader who points at it."""
    part: str = ""
    """What of the label's figure it shows, where neighbours share a label: ``ours``, ``paper``."""
    heading: bool = False
    """True if it says what a row is about; LaTeX cites there."""
    groups: bool = False
    """True if rows of one text in it belong together; LaTeX writes it once, below a rule."""
    needed: bool = False
    """True if it stays in the narrowest terminal."""
    breaks: Literal["never", "words", "anywhere"] = "never"
    """Where a narrow terminal may break its cells."""
    with_left: bool = False
    """True if it means nothing without the column before it."""


class Cell(NamedTuple):
    """One cell."""

    text: str = ""
    value: Any = None
    """Plain Python, full precision, None where there is none; what programs read and pages sort by."""
    beside: str = ""
    """Beside the text: the interval ``[low, high]`` of a figure, a remark, or nothing."""
    emphasis: Emphasis = ""
    notes: Sequence[str] = ()
    """Small print below the text."""


class Row(NamedTuple):
    """One row: a cell for each column."""

    cells: Sequence[Cell]
    cited: Sequence[str] = ()
    """Methods that LaTeX cites beside the row's heading."""


@dataclass(frozen=True)
class Table:
    """A table with all that is said around it."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    """Above it, in a terminal and in Markdown."""
    caption: str = ""
    """Begins the caption in LaTeX, and is the caption in HTML."""
    footer: Sequence[str] = ()
    """Sentences below it, which LaTeX puts into the caption."""
    footer_of: Callable[[Collection[str], bool], Sequence[str]] | None = None
    """The footer where only the columns of these names are shown, with or without the intervals beside figures."""
    signatures: Sequence[str] = ()
    """What made the scores, one line for each run."""
    signed: str = SIGNATURES
    """What stands above the signatures."""

    @property
    def in_parts(self) -> bool:
        """True if some columns share a label."""
        return any(column.part for column in self.columns)

    def starts_label(self, position: int) -> bool:
        """True if the column at ``position`` is the first of those that share its label."""
        column, before = self.columns[position], self.columns[position - 1] if position else None
        return not (column.part and before is not None and before.part and before.label == column.label)
