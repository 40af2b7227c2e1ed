"""Runs all checks on one method and says what came of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from iqabench._util.blame import told
from iqabench._util.errors import UserError
from iqabench.checks.growth import does_not_grow
from iqabench.checks.identity import names_the_weights_it_loaded_by_digest, settings_cover_its_constructor
from iqabench.checks.losses import has_finite_gradients, promised_gradients_agree_with_the_scores
from iqabench.checks.maps import has_a_map_that_agrees_with_its_score
from iqabench.checks.scoring import SCORING_CHECKS, CheckFailed
from iqabench.methods.contract import Method, MethodEntry


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome; ``message`` is empty if it passed."""

    check: str
    message: str

    @property
    def passed(self) -> bool:
        """True if the method keeps this part of the contract."""
        return not self.message


IDENTITY_CHECKS: tuple[Callable[[MethodEntry, Method], None], ...] = (
    settings_cover_its_constructor,
    names_the_weights_it_loaded_by_digest,
)
CHECKS: tuple[Callable[[Any], None], ...] = (
    *SCORING_CHECKS,
    has_finite_gradients,
    promised_gradients_agree_with_the_scores,
    has_a_map_that_agrees_with_its_score,
    does_not_grow,
)


def check_method(entry: MethodEntry, tell: Callable[[CheckResult], None] = lambda result: None) -> list[CheckResult]:
    """All outcomes for one method; a method that cannot be built or trained gets that one outcome.

    ``tell`` is told each outcome as soon as it is known.
    """
    made: list[Method] = []
    results: list[CheckResult] = []

    def add(result: CheckResult) -> None:
        results.append(result)
        tell(result)

    build = (lambda: made.append(_trained(entry))) if entry.info.trainable else (lambda: made.append(entry.create()))
    add(outcome_of(check_names(entry)[0], build))
    if not made:
        return results
    method = made[0]
    for examine in IDENTITY_CHECKS:
        add(outcome_of(name_of(examine), partial(examine, entry, method)))
    method.eval()
    if not method.scores_rows:
        for check in CHECKS:
            add(outcome_of(name_of(check), partial(check, method)))
    return results


def check_names(entry: MethodEntry) -> list[str]:
    """Names of the checks, in order."""
    return [
        "trains and can be saved" if entry.info.trainable else "can be built",
        *map(name_of, IDENTITY_CHECKS),
        *map(name_of, CHECKS),
    ]


def _trained(entry: MethodEntry) -> Any:
    from iqabench.checks.training import trains_and_can_be_saved

    return trains_and_can_be_saved(entry)


def outcome_of(name: str, check: Callable[[], object]) -> CheckResult:
    """What came of one check: whatever it raises is a finding."""
    try:
        check()
    except (CheckFailed, UserError) as error:
        return CheckResult(name, str(error))
    except SystemExit as error:
        return CheckResult(
            name, f"it called sys.exit (SystemExit: {error}); raise an error, the command is not yours to end"
        )
    except Exception as error:  # a method may fail in any way: that is a finding, not a crash
        return CheckResult(name, f"it raised {told(error)}")
    return CheckResult(name, "")


def name_of(check: Callable[..., None]) -> str:
    """The name of a check, for people."""
    return check.__name__.replace("_", " ")
