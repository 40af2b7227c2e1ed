"""Whether tables that lie beside the runs say what the scores give: each is computed again and compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from iqabench._util.errors import UserError
from iqabench.render import latex, markdown
from iqabench.render.columns import describe
from iqabench.render.footer import category_of
from iqabench.render.latex_text import escape as escape_latex
from iqabench.render.leaderboards import render
from iqabench.render.paper import preset_of, render_paper
from iqabench.render.table import SIGNATURES
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.provenance import OTHER_LIBRARIES
from iqabench.results.store import LABELS_FOLDER, TRAINED_FOLDER
from iqabench.stats.ablations import count_hidden
from iqabench.stats.alignment import restrict
from iqabench.stats.leaderboard import leaderboard, over_splits
from iqabench.verify.audit import Audit, Deviation
from iqabench.verify.over_sets import is_over_sets, renderings

UNFINISHED = "Missing: "
"""How the sentence begins that says how a table is to be finished here."""
_MARKED = {"markdown": markdown.escape(SIGNATURES), "latex": f"% {SIGNATURES}", "text": SIGNATURES}
_RULE = re.compile(r"^ *[─━][ ─━]*$")
_CITED = re.compile(r"~\\cite\{[^}]*\}")


class UnknownRunError(UserError):
    """A table names a run that is not among the results."""


class EditedHeaderError(UserError):
    """A column's header has another arrow than the column."""


class Runs:
    """Runs by the digits at the end of their signatures."""

    def __init__(self, sets: Sequence[ResultSet]) -> None:
        self._sets = sets
        self._by_digits = {str(run.meta["run_id"])[:8]: (one, run) for one in sets for run in one.runs}
        self._frames: dict[tuple[str, ...], list[pd.DataFrame]] = {}

    def frames(self, signatures: Sequence[str], category: str = "") -> Iterator[pd.DataFrame]:
        """What the leaderboard of the runs of ``signatures`` may be.

        First with all rows of the split in the test of differences, then as if only these runs had been there, which
        a table is that was written before others were added, or of chosen seeds.

        Raises
        ------
        UnknownRunError
            If a run is not there.
        """
        wholes, parts = self.behind(signatures, category)
        shown = [run.path for one in parts for run in one.runs if run.path is not None]
        for name, sets, chosen in (("whole", wholes, shown), ("part", parts, None)):
            # Tables of the same rows in several formats are computed once.
            key = (name, category, *signatures)
            if key not in self._frames:
                self._frames[key] = _frames(sets, chosen)
            yield from self._frames[key]

    def like(self, results: ResultSet) -> list[ResultSet]:
        """All sets of the same state of the same data by the same protocol."""
        return [one for one in self._sets if _compares(one, results)]

    def behind(self, signatures: Sequence[str], category: str = "") -> tuple[list[ResultSet], list[ResultSet]]:
        """The sets that hold the runs of ``signatures``: whole, and with just these runs.

        Raises
        ------
        UnknownRunError
            If one is not there.
        UserError
            If they were judged by votes or ratings that are not here.
        """
        found: dict[int, list[RunResult]] = {}
        for line in signatures:
            digits = line.rpartition("#")[2]
            if digits not in self._by_digits:
                raise UnknownRunError(line)
            whole, run = self._by_digits[digits]
            found.setdefault(id(whole), []).append(run)
        wholes = [one for one in self._sets if id(one) in found]
        for one in wholes:
            for said, table in (("votes", one.votes), ("ratings", one.ratings)):
                if table is None and one.card.get(f"{said}_sha256"):
                    raise UserError(f"the {said} of {one.dataset}, which it is computed from, are not here")
        parts = [replace(one, runs=found[id(one)]) for one in wholes]
        if category:
            return [restrict(one, category) for one in wholes], [restrict(one, category) for one in parts]
        return wholes, parts


def _compares(one: ResultSet, other: ResultSet) -> bool:
    names = ("dataset", "fingerprint", "protocol", "protocol_rules")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _frames(sets: Sequence[ResultSet], chosen: Sequence[Path] | None) -> list[pd.DataFrame]:
    """The leaderboard over several splits, or that of one: with the sentence on rows that are hidden, and without."""
    if len(sets) > 1:
        return over_splits(sets, [leaderboard(one, chosen) for one in sets])
    frame = leaderboard(sets[0], chosen)
    counted = count_hidden(frame, sets[0])
    return [frame] if counted is frame else [counted, frame]


def table_files(root: Path) -> list[Path]:
    """Files below ``root`` that may hold tables: what belongs to runs, labels and trained models is left out."""
    found = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        inside = parts[0] == TRAINED_FOLDER or LABELS_FOLDER in parts[:-1] or (path.parent / "run.json").is_file()
        if path.is_file() and not inside:
            found.append(path)
    return found


def check_printed(file: Path, style: str, runs: Runs, audit: Audit) -> None:
    """Check every leaderboard of a Markdown, LaTeX or text file that names its rows' signatures."""
    where = file.relative_to(audit.root).as_posix()
    text = file.read_text(errors="replace")
    found = sections(text, style)
    for number, section in enumerate(found, start=1):
        place = where if number == 1 else f"{where}, table {number}"
        try:
            _check_section(section, style, runs, place, audit)
        except UnknownRunError as error:
            audit.differs(place, "signature", "a run of these results", str(error))
        except EditedHeaderError as error:
            audit.differs(place, "header", "the column's own arrow", str(error))
        except UserError as error:
            audit.cannot(place, "table", str(error))
    if not found and any(_is_signed(line.removeprefix("% ").strip()) for line in text.splitlines()):
        audit.cannot(where, "table", f"it holds signatures, but not below the line {SIGNATURES!r}")


def sections(text: str, style: str) -> list[list[str]]:
    """The lines of each table in ``text`` together with the sentences and signatures that belong to it."""
    lines = text.splitlines()
    marks = [number for number, line in enumerate(lines) if line.strip() == _MARKED[style]]
    if style == "latex":  # there the signatures stand above
        ends = [number + 1 for number, line in enumerate(lines) if line in (r"\end{table}", r"\end{table*}")]
        return [lines[mark : next((end for end in ends if end > mark), len(lines))] for mark in marks]
    ends = []
    for mark in marks:
        end = mark + 1
        while end < len(lines) and (not lines[end].strip() or lines[end].startswith("```") or _is_signed(lines[end])):
            end += 1
        ends.append(end)
    return [lines[start:end] for start, end in zip([0, *ends][: len(ends)], ends, strict=True)]


def signatures_of(section: Sequence[str]) -> list[str]:
    """The signatures among lines, in their order."""
    return [word for line in section if _is_signed(word := line.removeprefix("% ").strip())]


def compare_lines(
    expected: Sequence[str], found: Sequence[str], style: str, where: str, audit: Audit, every_row: bool = True
) -> None:
    """Compare two renderings of a table row by row, and the sentences around them.

    Rows that lack in ``found`` are a difference only if ``every_row``; the sentence about library versions, which
    depends on where a table is printed, is left out.
    """
    theirs, ours = grid(found, style), grid(expected, style)
    header = _header(found, style)
    if every_row:
        audit.compare(where, "number of rows", len(ours), len(theirs))
    by_label = {_label(row, style): row for row in ours}
    for number, row in enumerate(theirs):
        beside = ours[number] if number < len(ours) else ""
        # Two rows of one method that share a rank have one label: the one in the same place goes first.
        named = beside if beside and _label(beside, style) == _label(row, style) else by_label.get(_label(row, style))
        like = named or (beside if every_row and beside else None)
        if like is None:
            audit.differs(where, f"row {number + 1}", "none such", row)
        elif _plain(like) != _plain(row):
            _differing_cells(like, row, header, style, f"{where}, row {number + 1}", audit)
    rows = {_plain(row) for row in (*ours, *theirs)}
    said = {_plain(line) for line in found}
    for line in expected:
        sentence = _plain(line)
        if sentence and sentence not in said and sentence not in rows:
            audit.differs(where, "sentence or heading", sentence, _nearest(sentence, said))
    if every_row and style != "latex":
        for sentence in sorted(_sentences(found, style) - _sentences(expected, style)):
            audit.differs(where, "sentence", "none such", sentence)


def grid(section: Sequence[str], style: str) -> list[str]:
    """The lines of a table's rows, header left out."""
    if style == "markdown":
        return [line for line in section if line.startswith("|")][2:]
    if style == "latex":
        lines = [line for line in section if line.endswith(r"\\") or line in (r"\midrule", r"\bottomrule")]
        start = lines.index(r"\midrule") + 1 if r"\midrule" in lines else len(lines)
        return [line for line in lines[start:] if line not in (r"\midrule", r"\bottomrule")]
    start = next((number for number, line in enumerate(section) if _RULE.match(line)), len(section))
    rows = []
    for line in section[start + 1 :]:
        if not line.strip():
            break
        rows.append(line)
    return rows


def _check_section(section: list[str], style: str, runs: Runs, where: str, audit: Audit) -> None:
    signed = signatures_of(section)
    if not signed:
        raise UserError("it names no signature")
    place = {line: number for number, line in enumerate(signed)}
    category = category_of("\n".join(section).replace("\\", ""))
    _, parts = runs.behind(signed, category)

    def over_sets() -> Iterator[Audit]:
        for like in renderings(parts, _header(section, style), style):
            outcome = Audit(audit.root)
            compare_lines(sections(like, style)[0], section, style, where, outcome)
            yield outcome

    def outcomes() -> Iterator[Audit]:
        for frame in runs.frames(signed, category):
            outcome = Audit(audit.root)
            places = [place.get(str(cell).split("; ")[0], len(place)) for cell in frame["signature"]]
            ordered = frame.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)
            if style == "latex" and (preset := preset_of(section)) is not None:
                like = render_paper([ordered], preset)
            else:
                like = render([ordered], style, _columns(section, style, ordered))
            compare_lines(sections(like, style)[0], section, style, where, outcome)
            yield outcome

    audit.differences += fewest(over_sets() if is_over_sets(parts) else outcomes())
    audit.tables.append(where)


def fewest(outcomes: Iterable[Audit]) -> list[Deviation]:
    """The differences of the outcome that has the fewest, the first without any ending the search."""
    best: list[Deviation] | None = None
    for one in outcomes:
        if best is None or len(one.differences) < len(best):
            best = one.differences
        if not best:
            break
    return best or []


def _columns(section: Sequence[str], style: str, frame: pd.DataFrame) -> list[str]:
    """Names of the columns behind a table's header."""
    headers: dict[str, str] = {}
    for name in reversed(list(frame.columns)):
        column = describe(frame, name)
        arrow = (latex.ARROWS if style == "latex" else markdown.ARROWS)[column.better]
        shown = {"latex": escape_latex, "markdown": markdown.escape}.get(style, str)(column.label)
        headers[shown + arrow] = name
    cells = _header(section, style)
    unknown = [cell for cell in cells if cell not in headers]
    arrows = markdown.ARROWS if style != "latex" else latex.ARROWS
    for cell in unknown:
        label = next((cell.removesuffix(one) for one in arrows.values() if one and cell.endswith(one)), cell)
        if any(header in (label, *(label + one for one in arrows.values())) for header in headers):
            raise EditedHeaderError(cell)
    if unknown or not cells:
        raise UserError(f"its header names a column that is not known: {unknown[0] if unknown else '(none found)'}")
    return [headers[cell] for cell in cells]


def _header(section: Sequence[str], style: str) -> list[str]:
    if style == "markdown":
        lines = [line for line in section if line.startswith("|")]
    elif style == "latex":
        lines = [line for line in section if line.endswith(r"\\")]
    else:
        lines = [line for number, line in enumerate(section[:-1]) if _RULE.match(section[number + 1])]
    return _cells(lines[0], style) if lines else []


def _cells(line: str, style: str) -> list[str]:
    if style == "markdown":
        return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split(" | ")]
    if style == "latex":
        return [cell.strip() for cell in _CITED.sub("", line).removesuffix(r"\\").split(" & ")]
    return re.split(r"\s{2,}", line.strip())


def _differing_cells(like: str, row: str, header: list[str], style: str, where: str, audit: Audit) -> None:
    ours, theirs = _cells(like, style), _cells(row, style)
    if not len(ours) == len(theirs) == len(header):
        audit.differs(where, "row", _plain(like), _plain(row))
        return
    for name, expected, found in zip(header, ours, theirs, strict=True):
        audit.compare(where, name or "name", expected, found)


def _label(row: str, style: str) -> tuple[str, ...]:
    """Rank and method of a leaderboard's row, group and name of another's: what it is called, not what it scored."""
    return tuple(_cells(row, style)[:2])


def _plain(line: str) -> str:
    """A line without what depends on where the table was printed, and with single spaces."""
    words = " ".join(_CITED.sub("", line).split())
    for beginning in (OTHER_LIBRARIES, UNFINISHED):
        words = words.partition(beginning)[0]
    return words.removesuffix("<br>").rstrip("} ")


def _sentences(section: Sequence[str], style: str) -> set[str]:
    """What is said between the last row and the signatures, whatever the width of lines."""
    rows = grid(section, style)
    start = len(section) - list(reversed(section)).index(rows[-1]) if rows else 0
    lines = [line for line in section[start:] if not _is_signed(line) and line.strip() != _MARKED[style]]
    text = _plain(" ".join(line.strip().removesuffix("<br>") for line in lines if not line.startswith("```")))
    return {one.strip() for one in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text) if one.strip()}


def _nearest(sentence: str, lines: set[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(sentence, sorted(lines), n=1, cutoff=0.5)), "(nothing like it)")


def _is_signed(line: str) -> bool:
    return bool(re.fullmatch(r"\S.*\|v.*\|#[0-9a-f]{8}", line.strip()))
