"""What the tables of a paper take, as plain data: computed here, or written down for a job of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from iqabench._util.distributed import first_goes_first
from iqabench.methods.registry import Registry
from iqabench.reproduce.campaign import Campaign, ReproduceRequest, names_of, plan_campaign
from iqabench.reproduce.jobs import TableJob
from iqabench.runs.choices import Environment

if TYPE_CHECKING:
    from iqabench._util.progress import Overview
    from iqabench.reproduce.execute import Outcome
    from iqabench.runs.cluster.queue import Queued, Work
    from iqabench.runs.summary import RunSummary


@dataclass(frozen=True)
class TablesJob:
    """The runs behind a table, and with what they are computed."""

    name: str
    """A plan, or ``all``."""
    request: ReproduceRequest
    environment: Environment
    deterministic: bool = False
    compile_steps: bool = False
    group: str | None = None
    """Key of the runs to compute; None for all that are missing."""
    kind: Literal["tables"] = "tables"

    def plan(self, tell: Callable[[str], None]) -> Campaign:
        """Open the data and lay the plans over them; say to ``tell`` what the user should know of the data.

        Raises
        ------
        UserError
            As :func:`iqabench.reproduce.campaign.plan_campaign`, and for settings of an unknown method.
        """
        self.environment.use_weights()
        registry = Registry(self.environment.plugin_files())
        for method in self.request.choices.settings or {}:
            registry.get(method)  # a misspelt name would change nothing
        with first_goes_first():
            campaign = plan_campaign(names_of(self.name, self.request.dataset), self.request, registry)
        for note in campaign.source.dataset.notes if campaign.source.dataset is not None else ():
            tell(note)
        return campaign

    def compute(self, campaign: Campaign, overview: Overview) -> Outcome:
        """Compute what is missing of the plan of this job, in this process and those that it works with."""
        from iqabench._util.devices import compiler

        here = self.environment.machine.here()
        backend = compiler(self.compile_steps, here)
        with overview:
            return campaign.compute(here, overview, self.deterministic, backend, self.group)

    def carry_out(self, tell: Callable[[str], None], overview: Overview) -> RunSummary:
        """Plan it and compute what is missing."""
        outcome = self.compute(self.plan(tell), overview)
        outcome.summary.problems = list(dict.fromkeys(outcome.problems.values()))
        return outcome.summary


def compute_by_jobs(
    job: TablesJob, campaign: Campaign, submit_and_wait: Callable[[Sequence[Work]], list[Queued] | None]
) -> dict[TableJob, str] | None:
    """Submit cluster jobs for the missing runs; return what failed and why, None if the jobs are not waited for."""
    from iqabench.runs.cluster.queue import Work, why_not

    groups = campaign.groups(campaign.missing())
    if not groups:
        return {}
    queued = submit_and_wait([Work(group[0].name, replace(job, group=key)) for key, group in groups.items()])
    if queued is None:
        return None
    missing = set(campaign.missing())
    return {
        run: why_not(one) for group, one in zip(groups.values(), queued, strict=True) for run in group if run in missing
    }
