"""The page of a leaderboard site: one sortable table for everything that compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iqabench._util.version import __version__
from iqabench.render.report.render import REPORT, render_page, template_source
from iqabench.render.table import Cell, Column

SITE = "iqabench.render.site"


@dataclass(frozen=True)
class SiteRow:
    """One row of a table of the site."""

    cells: Sequence[Cell]
    values: Sequence[str]
    """What each column is sorted by; empty last."""
    verified: str
    rank_of_mark: int
    """0 not verified, 1 all but its scores, 2 with a sample of its scores."""
    archives: Sequence[tuple[str, str]]
    """Address within the site, and name."""
    digests: Sequence[str]
    """SHA-256 of the archives."""
    signatures: Sequence[str]


@dataclass(frozen=True)
class SiteTable:
    """One table of the site, with what all its rows share."""

    title: str
    facts: Mapping[str, str]
    columns: Sequence[Column]
    rows: Sequence[SiteRow]
    footer: Sequence[str]
    citation: str
    """BibTeX of the data set, or empty."""
    pseudo: bool
    """True if the labels are no human judgements."""


def render_site(
    title: str, tables: Sequence[SiteTable], refused: Sequence[tuple[str, str]], notes: Sequence[str]
) -> str:
    """The page as one HTML document that loads nothing; every text is escaped."""
    script = template_source(SITE, "site.js")
    style = template_source(REPORT, "report.css") + template_source(SITE, "site.css")
    context = {"title": title, "tables": tables, "refused": refused, "notes": notes, "version": __version__}
    return render_page(SITE, "site.html.j2", context, script=script, style=style)
