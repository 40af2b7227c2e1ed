"""Which judges can be believed: those who know bad from good, and say the same of the same pair twice.

The rule: a judge is left out who

- answered no obvious pair, so that nothing is known of them;
- chose the better image in less than a stated share of the obvious pairs (80 %);
- repeated their answer to a repeated pair so seldom that a judge who tosses a coin does as badly in less than a stated
  share of cases (5 %): P(X <= k) for X binomial with n repeats and probability 1/2. Somebody who always presses the
  same key contradicts themselves wherever the sides were swapped.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class ScreeningRule:
    """What a judge must keep."""

    least_obvious: float = 0.8
    """Least share of obvious pairs answered rightly, in [0, 1]."""
    repeat_level: float = 0.05
    """A judge is left out whose consistency chance undercuts more seldom than this; 0 leaves nobody out."""


@dataclass(frozen=True)
class ControlsAnswered:
    """How one judge answered the controls."""

    obvious: int
    right: int
    repeats: int
    same: int

    def left_out(self, rule: ScreeningRule) -> str:
        """Why the judge is left out; empty if they are believed."""
        if self.obvious == 0:
            return "answered no obvious pair"
        if self.right < rule.least_obvious * self.obvious:
            return f"{self.right} of {self.obvious} obvious pairs right, less than {rule.least_obvious:.0%}"
        if self.repeats and stats.binom.cdf(self.same, self.repeats, 0.5) < rule.repeat_level:
            return f"{self.same} of {self.repeats} repeated pairs answered alike, fewer than a coin would"
        return ""
