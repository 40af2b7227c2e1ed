"""Plans: one TOML file per table of the CKDN paper (or of yours), and the figures the paper prints."""

from __future__ import annotations

from iqabench.reproduce.plans.model import PlanColumn, PlanRow, Spec, TablePlan
from iqabench.reproduce.plans.parse import available_plans, load_plan, parse_plan
from iqabench.reproduce.plans.published import Published, read_published

__all__ = [
    "PlanColumn",
    "PlanRow",
    "Published",
    "Spec",
    "TablePlan",
    "available_plans",
    "load_plan",
    "parse_plan",
    "read_published",
]
