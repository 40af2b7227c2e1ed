"""A method that learns does not score before it has learnt: its weights are as drawn, and its score says nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FunctionType
from typing import Any

from iqabench._util.errors import MethodError

_allowed = ContextVar("untrained scores are allowed", default=False)
_BASE = "iqabench.methods.base"


@contextmanager
def untrained_scores() -> Iterator[None]:
    """Let methods score untrained, within ``with untrained_scores():``, for what does not ask how well they score."""
    token = _allowed.set(True)
    try:
        yield
    finally:
        _allowed.reset(token)


def mark_trained(method: Any) -> None:
    """Take the weights that ``method`` has for trained: published ones, for example."""
    vars(method)["_is_trained"] = True


def guard_scores(cls: type) -> None:
    """Let ``score``, ``score_rows`` and ``map`` of ``cls`` raise MethodError until it was fitted or a state was loaded.

    A class that defines no ``fit`` scores at once. While ``fit`` runs, it may score.
    """
    for name, guard in _GUARDS.items():
        function = getattr(cls, name, None)
        # What the base class of all methods defines only says that there is nothing.
        if isinstance(function, FunctionType) and not _is_guarded(function) and function.__module__ != _BASE:
            guarded = guard(function)
            vars(guarded)["guarded"] = True
            setattr(cls, name, guarded)


def _is_guarded(function: Any) -> bool:
    return "guarded" in vars(function)


def _raising(scores: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(scores)
    def guarded(self: Any, *args: Any, **keywords: Any) -> Any:
        if _is_guarded(type(self).fit) and not vars(self).get("_is_trained", False) and not _allowed.get():
            raise MethodError(_message(self))
        return scores(self, *args, **keywords)

    return guarded


def _fitting(fit: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fit)
    def guarded(self: Any, *args: Any, **keywords: Any) -> Any:
        before = vars(self).get("_is_trained", False)
        vars(self)["_is_trained"] = True
        try:
            return fit(self, *args, **keywords)
        except BaseException:
            vars(self)["_is_trained"] = before
            raise

    return guarded


def _loading(load: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(load)
    def guarded(self: Any, *args: Any, **keywords: Any) -> Any:
        result = load(self, *args, **keywords)
        mark_trained(self)
        return result

    return guarded


def _message(method: Any) -> str:
    name = method.info.name or type(method).__name__
    ready = f", or take {' or '.join(method.info.ready)}, which has trained weights" if method.info.ready else ""
    return (
        f"{name} has not been trained: its weights are as drawn, and its score would say nothing. Train it "
        f"('iqabench run --methods {name}' or fit), or load a trained state (load_trained_state){ready}"
    )


_GUARDS = {
    "score": _raising,
    "score_rows": _raising,
    "map": _raising,
    "fit": _fitting,
    "load_trained_state": _loading,
    "load_state_dict": _loading,
}
