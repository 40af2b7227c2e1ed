"""An evaluation with all that it takes, as plain data: carried out here, or written down for a job of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from iqabench._util.progress import Overview
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.runs.choices import Environment, Limits
from iqabench.runs.evaluation import (
    EvaluationRequest,
    Planned,
    PlannedSplit,
    Tell,
    compute,
    plan_evaluation,
    starts_as_chosen,
)
from iqabench.runs.summary import RunSummary

if TYPE_CHECKING:
    from iqabench._util.devices import Machine


@dataclass(frozen=True)
class EvaluationJob:
    """What is evaluated, and with what."""

    request: EvaluationRequest
    environment: Environment
    limits: Limits
    kind: Literal["evaluation"] = "evaluation"

    def plan(self, tell: Tell) -> Planned:
        """Plan it for this machine; see :func:`iqabench.runs.evaluation.plan_evaluation`."""
        return self._plan(self.request, self.environment.machine.here(), tell)

    def plan_for_jobs(self, tell: Tell) -> Planned:
        """Plan it for jobs, each of which looks for its own device: here nothing is trained or scored."""
        return self._plan(replace(self.request, compile_steps=False), self.environment.machine.here("cpu"), tell)

    def carry_out(self, tell: Tell, overview: Overview) -> RunSummary:
        """Plan it and compute what is missing, in this process and those that it works with."""
        planned = self.plan(tell)
        summary = compute(planned, overview)
        summary.problems[:0] = planned.problems
        return summary

    def part(self, split: PlannedSplit, entry: MethodEntry, names: Mapping[str, str]) -> EvaluationJob:
        """The job of one method on one planned split with its seed; ``names`` are those of the plan."""
        asked, name = self.request, entry.info.name
        request = replace(
            asked,
            methods=(name,),
            anchors=False,
            splits=(split.split,),
            seeds=(split.run.seed,),
            settings={called: values for called, values in asked.settings.items() if names.get(called) == name},
            start=asked.start if starts_as_chosen(entry) else None,
        )
        return replace(self, request=request)

    def _plan(self, request: EvaluationRequest, machine: Machine, tell: Tell) -> Planned:
        self.environment.use_weights()
        plugins = self.environment.plugin_files()
        isolation = self.limits.isolation(plugins, machine.precision)
        return plan_evaluation(request, Registry(plugins), machine, tell, isolation)
