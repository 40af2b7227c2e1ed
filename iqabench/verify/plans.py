"""Whether the tables of ``iqabench reproduce`` say what the scores give."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from iqabench._util.errors import UserError
from iqabench.methods.registry import Registry
from iqabench.render import markdown
from iqabench.render.latex_text import escape as escape_latex
from iqabench.reproduce.campaign import ReproduceRequest, can_open, plan_campaign
from iqabench.reproduce.jobs import Choices
from iqabench.reproduce.plans import TablePlan, available_plans, load_plan
from iqabench.reproduce.render import Options, render
from iqabench.results.signature import parse_signature
from iqabench.verify.audit import Audit
from iqabench.verify.figures import compare_rows, read_rows
from iqabench.verify.tables import compare_lines, sections, signatures_of

NOT_ASKED = "not among "
"""Why a row is left out of a table of chosen methods."""
_MEASURED = re.compile(r"Measured on (.+?), split ")
_SEEDS = re.compile(r"(?:over the seeds|Training seed:) ([\d, ]+\d)")
_RECIPE = re.compile(r", recipe (\w+),")


def plan_of(text: str, style: str) -> TablePlan | None:
    """The installed plan that the table ``text`` was made by; None for any other table."""
    for name in available_plans():
        plan = load_plan(name)
        if style == "latex":
            title = escape_latex(f"{plan.title} ({plan.paper} of the paper)." if plan.paper else f"{plan.title}.")
        else:
            title = f"{plan.paper or plan.name}: {plan.title}"
            title = f"**{markdown.escape(title)}**" if style == "markdown" else title
        if title in text:
            return plan
    return None


def check_plan_tables(file: Path, style: str, registry: Registry, roots: dict[str, Path], audit: Audit) -> bool:
    """Check the tables of plans in ``file``; False if it holds none."""
    where = file.relative_to(audit.root).as_posix()
    found = False
    for section in sections(file.read_text(errors="replace"), style):
        text = "\n".join(section)
        plan = plan_of(text, style)
        if plan is None:
            continue
        found = True
        try:
            expected = _render(plan, section, text.replace("\\", ""), style, registry, roots, audit)
            compare_lines(expected, section, style, f"{where}, {plan.name}", audit, every_row=False)
            for line in signatures_of(section):
                if line not in signatures_of(expected):
                    audit.differs(f"{where}, {plan.name}", "signature", "one of a run behind the table", line)
            audit.tables.append(f"{where}, {plan.name}")
        except UserError as error:
            audit.cannot(f"{where}, {plan.name}", "table", str(error))
    return found


def check_plan_figures(file: Path, style: str, registry: Registry, roots: dict[str, Path], audit: Audit) -> None:
    """Check a CSV or JSON file of ``iqabench reproduce``; any other is passed over."""
    where = file.relative_to(audit.root).as_posix()
    rows = read_rows(file.read_text(errors="replace"), style)
    if not rows or not {"table", "row", "column", "ours", "run_ids"} <= rows[0].keys():
        return
    for name in dict.fromkeys(str(row["table"]) for row in rows):
        mine = [row for row in rows if row["table"] == name and row["status"] in ("ok", "partial")]
        if name not in available_plans() or not mine:
            audit.cannot(where, name, "its plan is not among the installed ones")
            continue
        seeds = tuple(range(max(int(row["seeds"] or 1) for row in mine)))
        recipes = [str(row["recipe"]) for row in mine if row["recipe"]]
        ids = {one for row in mine for one in str(row["run_ids"]).split()}
        choices = Choices(seeds, starts=_starts(audit, ids))
        request = _request(audit, str(mine[0]["dataset"]), roots, recipes[0] if recipes else None, choices)
        try:
            tables = plan_campaign((name,), request, registry).tables()
        except UserError as error:
            audit.cannot(f"{where}, {name}", "table", str(error))
            continue
        shown = ("row", "group", "column", "ours", "spread", "images", "contents", "pairs", "run_ids", "labels")
        kept = [{key: value for key, value in row.items() if key in shown} for row in mine]
        compare_rows(read_rows(render(tables, style), style), kept, ("row", "group", "column"), where, audit)
        audit.tables.append(f"{where}, {name}")


def _render(
    plan: TablePlan,
    section: Sequence[str],
    text: str,
    style: str,
    registry: Registry,
    roots: dict[str, Path],
    audit: Audit,
) -> list[str]:
    measured, seeds, recipe = (found.search(text) for found in (_MEASURED, _SEEDS, _RECIPE))
    if measured is None:
        raise UserError("it does not say what it was measured on")
    numbers = tuple(int(word) for word in seeds[1].split(",")) if seeds else ()
    named = dict.fromkeys(str(parse_signature(line).method) for line in signatures_of(section))
    methods = tuple(named) if NOT_ASKED in text else ()
    ids = {str(parse_signature(line).run) for line in signatures_of(section)}
    choices = Choices(numbers, starts=_starts(audit, ids), methods=methods, best="best epoch" in text)
    request = _request(audit, measured[1], roots, recipe[1] if recipe else None, choices)
    tables = plan_campaign((plan.name,), request, registry).tables()
    rendered = render(tables, style, Options(compare="Paper:" in text, intervals="Brackets:" in text))
    return next(iter(sections(rendered, style)), rendered.splitlines())


def _starts(audit: Audit, ids: Collection[str]) -> dict[str, str]:
    """What training began from in the runs behind a table, by method: here it might begin from something else."""
    told: dict[str, set[str]] = {}
    for run in audit.runs:
        start = (run.meta.get("parameters") or {}).get("start")
        if isinstance(start, str) and any(str(run.meta["run_id"]).startswith(one) for one in ids):
            told.setdefault(run.identity["method"], set()).add(start)
    return {method: starts.pop() for method, starts in told.items() if len(starts) == 1}


def _request(
    audit: Audit, dataset: str, roots: dict[str, Path], recipe: str | None, choices: Choices
) -> ReproduceRequest:
    return ReproduceRequest(
        results=audit.root,
        dataset=dataset,
        root=roots.get(dataset),
        recipe=recipe,
        choices=choices,
        from_results=not can_open(dataset, roots.get(dataset)),
    )
