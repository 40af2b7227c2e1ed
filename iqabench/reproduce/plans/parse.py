"""TOML to :class:`~iqabench.reproduce.plans.model.TablePlan`; an error names file, row and key."""

from __future__ import annotations

from pathlib import Path

from iqabench._util.errors import UserError
from iqabench._util.papers import folders
from iqabench._util.records import checked
from iqabench._util.text import did_you_mean
from iqabench.data.rows import read_text
from iqabench.data.tomlfile import MAX_BYTES, parse_toml
from iqabench.reproduce.plans.model import PlanFile, TablePlan


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
            hint = did_you_mean(str(name).lower(), known)
            raise UserError(f"no plan {str(name)!r}{hint} There are: {', '.join(known)}, or a path to a .toml file")
        path = plan_files()[str(name)]
    return parse_plan(read_text(path, UserError, MAX_BYTES), path)


def parse_plan(text: str, path: Path) -> TablePlan:
    """Parse the text of a plan; ``path`` names it in messages. Raises UserError."""
    said = checked(PlanFile, parse_toml(text, path, UserError), f"plan {path}", UserError)
    return TablePlan(name=path.stem, **dict(said))
