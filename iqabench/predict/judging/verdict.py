"""From the choices of many judges to a scale of the algorithms: who is believed, what they agree on, what is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iqabench._util.errors import DataError
from iqabench.predict.judging.answers import Answer
from iqabench.predict.judging.plan import Plan
from iqabench.stats.choices import Choice, ChoiceCounts, count_choices
from iqabench.stats.krippendorff import nominal_alpha
from iqabench.stats.more_choices import ScaledPair, scaled_pairs
from iqabench.stats.over_judges import JudgeIntervals, over_judges
from iqabench.stats.paired_scale import PairedScale, bradley_terry, thurstone
from iqabench.stats.screening import ControlsAnswered, ScreeningRule

MIRRORED = {"a": "b", "b": "a", "similar": "similar"}


@dataclass(frozen=True)
class Judge:
    """One judge."""

    name: str
    answered: int
    """Pairs of all kinds."""
    controls: ControlsAnswered
    left_out: str
    """Why the judge does not count; empty if they do."""


@dataclass(frozen=True)
class JudgedChoice:
    """A choice that counts."""

    judge: str
    content: str
    first: str
    second: str
    """Algorithms."""
    choice: str
    """``a``: the first is better; ``b``; ``similar``."""


@dataclass(frozen=True)
class Verdict:
    """What the judges of a page said."""

    plan: Plan
    judges: list[Judge]
    choices: list[JudgedChoice]
    """Of the judges who count, each pair once: controls are no votes."""
    alpha: float
    """Krippendorff's, nominal, of the judges who count; NaN if no pair was judged by two."""
    judged_twice: int
    """Pairs that two or more of them judged."""
    counts: ChoiceCounts
    scale: PairedScale
    """Bradley–Terry with Davidson's ties."""
    probit: PairedScale
    """Thurstone, case V; the same order of names."""
    over_judges: JudgeIntervals
    """Of :attr:`scale`, whole judges drawn."""
    probit_over_judges: JudgeIntervals
    pairs: list[ScaledPair]

    @property
    def believed(self) -> list[Judge]:
        """The judges who count."""
        return [judge for judge in self.judges if not judge.left_out]


def controls_answered(plan: Plan, answers: Mapping[str, Answer]) -> ControlsAnswered:
    """How a judge answered the controls: in an obvious pair the second image is the spoilt one."""
    obvious = [answers[pair.id].choice for pair in plan.pairs if pair.kind == "obvious" and pair.id in answers]
    again = [
        (answers[pair.id].choice, answers[pair.of].choice)
        for pair in plan.pairs
        if pair.of and pair.id in answers and pair.of in answers
    ]
    new = [answers[pair.id] for pair in plan.pairs if pair.kind == "pair" and pair.id in answers]
    decided = [one for one in new if one.choice != "similar"]
    return ControlsAnswered(
        len(obvious),
        obvious.count("a"),
        len(again),
        sum(one == two for one, two in again),
        len(decided),
        sum(one.choice == one.left for one in decided),
    )


def judge_page(plan: Plan, answers: Mapping[str, Mapping[str, Answer]], rule: ScreeningRule) -> Verdict:
    """Screen the judges, then fit the scales.

    Parameters
    ----------
    plan
        Of the page.
    answers
        By judge, then by pair.
    rule
        What a judge must keep.

    Raises
    ------
    DataError
        If nobody is left, or the choices give no scale.
    """
    judges = []
    for name, said in sorted(answers.items()):
        controls = controls_answered(plan, said)
        judges.append(Judge(name, len(said), controls, controls.left_out(rule)))
    believed = [judge.name for judge in judges if not judge.left_out]
    if not believed:
        why = "; ".join(f"{judge.name}: {judge.left_out}" for judge in judges) or "no file could be read"
        raise DataError(
            f"no judge is left ({why}); see --obvious-level, --repeat-level and --side-level, or ask others"
        )
    real = [pair for pair in plan.pairs if pair.kind == "pair"]
    choices = [
        JudgedChoice(
            name,
            plan.images[pair.a].content,
            plan.images[pair.a].algorithm,
            plan.images[pair.b].algorithm,
            answers[name][pair.id].choice,
        )
        for name in believed
        for pair in real
        if pair.id in answers[name]
    ]
    units = [[answers[name][pair.id].choice for name in believed if pair.id in answers[name]] for pair in real]
    # Which of two images is called the first is arbitrary: in both orders, agreement does not depend on it.
    mirrored = [[MIRRORED[choice] for choice in unit] for unit in units]
    counts = count_choices((one.first, one.second, one.choice) for one in choices)
    by_judge: dict[str, list[Choice]] = {name: [] for name in believed}
    for one in choices:
        by_judge[one.judge].append((one.first, one.second, one.choice))
    scale, probit = bradley_terry(counts), thurstone(counts)
    return Verdict(
        plan,
        judges,
        choices,
        nominal_alpha([*units, *mirrored]),
        sum(len(unit) > 1 for unit in units),
        counts,
        scale,
        probit,
        over_judges(scale, (count_choices(own, counts.names) for own in by_judge.values()), bradley_terry),
        over_judges(probit, (count_choices(own, counts.names) for own in by_judge.values()), thurstone),
        scaled_pairs(scale),
    )
