"""What a campaign would compute, what is there, what is left out: the answer of ``--dry-run``."""

from __future__ import annotations

from iqabench._util.errors import UserError
from iqabench._util.text import counted
from iqabench.reproduce.campaign import Campaign
from iqabench.reproduce.jobs import TableJob


def inventory(campaign: Campaign) -> str:
    """One line for each run and each cell left out, then the count of runs and of models to train."""
    finder, best = campaign.finder(), campaign.request.choices.best
    plans_of: dict[TableJob, list[str]] = {}
    left_out: list[str] = []
    for plan, cells in zip(campaign.plans, campaign.asked, strict=True):
        for one in cells:
            if one.left_out:
                left_out.append(f"left out  {plan.name}: {one.cell.row}, {one.cell.column}: {one.left_out}")
            for job in one.jobs:
                plans_of.setdefault(job, []).append(plan.name)
    lines, missing = [], []
    for job in campaign.jobs():
        found, done = finder.find(job), finder.is_done(job, best)
        half = "" if found.run is not None or found.reason == "not computed yet" else f" ({found.reason})"
        half += " (best epoch)" if found.run is not None and not done else ""
        state = "there    " if done else "to do    "
        lines.append(f"{state} {job.name}{half} [{', '.join(dict.fromkeys(plans_of[job]))}]")
        if not done:
            missing.append(job)
    models = {
        (job.method, finder.identity(job), job.split, job.seed, job.reference if job.retrained else ""): job
        for job in missing
        if job.trained_on
    }
    to_train = sum(not _model_is_there(campaign, job) for job in models.values())
    total = f"{counted(len(lines), 'run')}, {len(lines) - len(missing)} there; {counted(to_train, 'model')} to train"
    return "\n".join([*lines, *left_out, *finder.clashes, total])


def _model_is_there(campaign: Campaign, job: TableJob) -> bool:
    """True if the job's model was trained before, and only its scores are missing."""
    if campaign.training is None or campaign.source.dataset is None:
        return False
    from iqabench._util.devices import Machine
    from iqabench.reproduce.execute import training_of
    from iqabench.reproduce.retrain import made_folder
    from iqabench.training.cache import TrainingOptions, is_trained

    request = campaign.request
    if job.retrained and not made_folder(campaign.training, job.reference, request.results).is_dir():
        return False
    training = training_of(job, campaign.source, campaign.training, request.results)
    if training is None:
        return False
    options = TrainingOptions(request.results, Machine(precision=request.precision), job.seed)
    try:
        method = campaign.registry.get(job.method).create(**job.arguments)
    except (UserError, ImportError, RuntimeError):
        return False
    return is_trained(method, training, options, best=request.choices.best)
