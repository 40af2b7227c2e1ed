"""Which judges can be believed: those who know bad from good, and say the same of the same pair twice.

The rule: a judge is left out who

- answered no obvious pair, so that nothing is known of them;
- chose the better image in so few of the obvious pairs that a judge who slips in one of ten does as badly in less than
  a stated share of cases (5 %): P(X <= k) for X binomial with n obvious pairs and probability 9/10. Of twelve pairs it
  takes nine: a judge who slips in one of ten is left out in 2.6 % of cases, one who tosses a coin in 92.7 %;
- repeated their answer to a repeated pair so seldom that a judge who tosses a coin does as badly in less than a stated
  share of cases (5 %): P(X <= k) for X binomial with n repeats and probability 1/2;
- chose one side so often that a judge who looks at the images does so in less than a stated share of cases (0.1 %).
  Which image is on the left is drawn for each pair, so whatever a judge prefers, it is on the left in half of them:
  two-sided binomial test of the pairs that are no control and in which one image was chosen. Repeated pairs cannot
  tell this: who always presses the same key answers those alike that have the same sides.
"""

from __future__ import annotations

from dataclasses import dataclass

SLIPS = 0.1
"""Share of obvious pairs that an honest judge may answer wrongly."""


@dataclass(frozen=True)
class ScreeningRule:
    """What a judge must keep."""

    obvious_level: float = 0.05
    """A judge is left out whose obvious pairs an honest one answers as badly more seldom than this; 0 leaves nobody
    out."""
    repeat_level: float = 0.05
    """A judge is left out whose consistency chance undercuts more seldom than this; 0 leaves nobody out."""
    side_level: float = 0.001
    """A judge is left out whose choices chance puts so much on one side more seldom than this; 0 leaves nobody out."""


@dataclass(frozen=True)
class ControlsAnswered:
    """How one judge answered the controls."""

    obvious: int
    right: int
    repeats: int
    same: int
    decided: int = 0
    """Pairs that are no control, *similar* not counted."""
    left: int = 0
    """Of those the ones in which the image on the left was chosen."""

    def left_out(self, rule: ScreeningRule) -> str:
        """Why the judge is left out; empty if they are believed."""
        from scipy import stats  # takes long to import, and few commands come here

        if self.obvious == 0:
            return "answered no obvious pair"
        if stats.binom.cdf(self.right, self.obvious, 1 - SLIPS) < rule.obvious_level:
            return f"{self.right} of {self.obvious} obvious pairs right, fewer than who slips in {SLIPS:.0%} of them"
        if self.repeats and stats.binom.cdf(self.same, self.repeats, 0.5) < rule.repeat_level:
            return f"{self.same} of {self.repeats} repeated pairs answered alike, fewer than a coin would"
        if self.decided and stats.binomtest(self.left, self.decided).pvalue < rule.side_level:
            side, often = ("left", self.left) if 2 * self.left > self.decided else ("right", self.decided - self.left)
            return f"chose the {side} image in {often} of {self.decided} pairs, whatever it showed"
        return ""
