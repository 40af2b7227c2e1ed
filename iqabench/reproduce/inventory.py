"""What a campaign would compute, what is there, what is left out: the answer of ``--dry-run``."""

from __future__ import annotations

from iqabench.reproduce.campaign import Campaign
from iqabench.reproduce.jobs import Job


def inventory(campaign: Campaign) -> str:
    """One line for each run and each cell left out, then the count of runs and of models to train."""
    finder = campaign.finder()
    plans_of: dict[Job, list[str]] = {}
    left_out: list[str] = []
    for plan, cells in zip(campaign.plans, campaign.asked, strict=True):
        for one in cells:
            if one.left_out:
                left_out.append(f"left out  {plan.name}: {one.cell.row}, {one.cell.column}: {one.left_out}")
            for job in one.jobs:
                plans_of.setdefault(job, []).append(plan.name)
    lines, missing = [], []
    for job in campaign.jobs():
        found = finder.find(job)
        state = "there    " if found.run is not None else "to do    "
        half = "" if found.run is not None or found.reason == "not computed yet" else f" ({found.reason})"
        lines.append(f"{state} {job.name}{half} [{', '.join(dict.fromkeys(plans_of[job]))}]")
        if found.run is None:
            missing.append(job)
    models = {
        (job.method, finder.identity(job), job.split, job.seed, job.reference if job.retrained else "")
        for job in missing
        if job.trained_on
    }
    total = f"{len(lines)} runs, {len(lines) - len(missing)} there; {len(models)} models to train"
    return "\n".join([*lines, *left_out, *finder.clashes, total])
