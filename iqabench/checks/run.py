"""Runs all checks on one method and says what came of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from iqabench.checks.scoring import SCORING_CHECKS, CheckFailed
from iqabench.contract import MethodEntry
from iqabench.errors import UserError


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome; ``message`` is empty if it passed."""

    check: str
    message: str

    @property
    def passed(self) -> bool:
        """True if the method keeps this part of the contract."""
        return not self.message


def check_method(entry: MethodEntry) -> list[CheckResult]:
    """All outcomes for one method; a method that cannot be built or trained gets that one outcome."""
    results: list[CheckResult] = []
    made: list[Any] = []
    if entry.info.trainable:
        results.append(_outcome("trains and can be saved", lambda: made.append(_trained(entry))))
    else:
        results.append(_outcome("can be built", lambda: made.append(entry.create())))
    if not made:
        return results
    method = made[0]
    if hasattr(method, "eval"):
        method.eval()
    if not hasattr(method, "score_rows"):
        results += [_outcome(_name(check), partial(check, method)) for check in SCORING_CHECKS]
    return results


def _trained(entry: MethodEntry) -> Any:
    from iqabench.checks.training import trains_and_can_be_saved

    return trains_and_can_be_saved(entry)


def _outcome(name: str, check: Callable[[], object]) -> CheckResult:
    try:
        check()
    except (CheckFailed, UserError) as error:
        return CheckResult(name, str(error))
    except (Exception, SystemExit) as error:  # a method may fail in any way: that is a finding, not a crash
        return CheckResult(name, f"it raised {type(error).__name__}: {error}")
    return CheckResult(name, "")


def _name(check: Callable[[Any], None]) -> str:
    return check.__name__.replace("_", " ")
