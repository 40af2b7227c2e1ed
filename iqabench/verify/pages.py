"""Whether an HTML report says what the scores give: its cells, its sentences and the data for its drawings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from iqabench._util.errors import UserError
from iqabench.render.report import render_report, report_context
from iqabench.results.provenance import OTHER_LIBRARIES
from iqabench.stats.ablations import without_ablations
from iqabench.stats.leaderboard import splits_together
from iqabench.verify.audit import Audit
from iqabench.verify.figures import compare_rows, equal
from iqabench.verify.tables import Runs, UnknownRunError, fewest, signatures_of

NO_PICTURES = "Names only:"
"""How the text begins that stands in for pictures: the audit makes none."""
_SILENT = ("script", "style")


class Report(HTMLParser):
    """Cells of the leaderboard by run, the text around them, signatures, and the embedded data."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.cells: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self.data: dict[str, Any] = {}
        self._open: list[str] = []
        self._data = ""
        self._in_data = False
        self.feed(text)
        self.close()
        if self._data:
            found = json.loads(self._data)
            self.data = found if isinstance(found, dict) else {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep cells; remember where the data are, and text that nobody reads."""
        given = dict(attrs)
        if tag in _SILENT:
            self._open.append(tag)
        self._in_data = tag == "script" and given.get("id") == "data"
        if tag == "tr" and "data-run" in given:
            self.cells.append({"run": given["data-run"]})
        elif self.cells and "data-name" in given and "data-value" in given:
            self.cells[-1][str(given["data-name"])] = given["data-value"]

    def handle_endtag(self, tag: str) -> None:
        """Leave what :meth:`handle_starttag` entered."""
        if tag in _SILENT and tag in self._open:
            self._open.remove(tag)
        self._in_data = False

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees, and the embedded data."""
        if self._in_data:
            self._data += data
        elif not self._open and data.strip():
            self.texts.append(" ".join(data.split()))


def check_page(file: Path, runs: Runs, audit: Audit) -> None:
    """Check a report of ``iqabench report``; any other page is passed over."""
    where = file.relative_to(audit.root).as_posix()
    text = file.read_text(errors="replace")
    if 'id="board"' not in text:
        return
    try:
        found = Report(text)
        signed = signatures_of(found.texts)
        if not signed:
            audit.cannot(where, "report", "it names no signature")
            return
        wholes, parts = runs.behind(signed)
    except UnknownRunError as error:
        audit.differs(where, "signature", "a run of these results", str(error))
        return
    except (UserError, ValueError) as error:
        audit.cannot(where, "report", str(error))
        return

    def outcomes() -> Iterator[Audit]:
        shown = [run.path for run in parts[0].runs if run.path is not None]
        sets = runs.like(wholes[0])
        overs = [next(iter(splits_together(sets, some)), None) for some in (without_ablations(sets), None)]
        # The report of one split that was asked for says nothing of the others.
        beside = [one for one in overs if one is not None] + [None]
        for results, some in ((wholes[0], shown), (parts[0], None)):
            for over in beside:
                outcome = Audit(audit.root)
                page = render_report(report_context(results, over=over, shown=some))
                _compare(Report(page), found, where, outcome)
                yield outcome

    audit.differences += fewest(outcomes())
    audit.tables.append(where)


def _compare(ours: Report, found: Report, where: str, audit: Audit) -> None:
    audit.compare(where, "number of rows", len(ours.cells), len(found.cells))
    compare_rows(ours.cells, found.cells, ("run",), where, audit)
    for name in sorted(set(ours.data) - {"thumbs"}):
        expected, shown = _first_difference(ours.data.get(name), found.data.get(name))
        audit.compare(where, f"embedded data, {name}", expected, shown)
    _compare_texts(ours.texts, found.texts, where, audit)


def _compare_texts(ours: list[str], theirs: list[str], where: str, audit: Audit) -> None:
    said = set(theirs)
    for line in dict.fromkeys(ours):
        if line not in said and not line.startswith((OTHER_LIBRARIES, NO_PICTURES)):
            audit.differs(where, "text", line, "(not there)")
    known = set(ours)
    for line in dict.fromkeys(theirs):
        if line not in known and any(letter.isdigit() for letter in line) and not line.startswith(OTHER_LIBRARIES):
            audit.differs(where, "text", "(not there)", line)


def _first_difference(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """The first place within nested data where the two differ; a value twice if they do nowhere."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = [(ours.get(key), theirs.get(key)) for key in ours | theirs]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = list(zip(ours, theirs, strict=True))
    else:
        return ours, ours if equal(ours, theirs) else theirs
    for one, other in pairs:
        expected, shown = _first_difference(one, other)
        if expected != shown:
            return expected, shown
    return None, None
