"""Settings of the type that a constructor declares: ``False`` given as a text is no true value.

What a parameter takes is read off its annotation, else its default. A parameter that may take anything else than
numbers, texts and truth values takes what it is given.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args, get_origin

from iqabench._util.errors import MethodError

SIMPLE = (bool, int, float, str, type(None))
TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", type(None): "nothing"}


def typed_settings(build: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` with each value of the type that ``build`` declares.

    Returns
    -------
    dict
        The same names. ``"no"`` for a truth value becomes False, ``1`` True, and ``2.0`` for a whole number 2.

    Raises
    ------
    MethodError
        For a value that a parameter cannot take; it names both.
    """
    parameters = _parameters(build)
    return {
        name: _typed(name, value, _types(parameters[name])) if name in parameters else value
        for name, value in settings.items()
    }


def _parameters(build: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(build, eval_str=True).parameters
    except (NameError, TypeError, AttributeError, SyntaxError):  # a name that is imported for type checkers only
        return inspect.signature(build).parameters


def _types(parameter: inspect.Parameter) -> tuple[type, ...] | None:
    """Types that the parameter takes; None for anything."""
    hint, default = parameter.annotation, parameter.default
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        return None
    if hint is parameter.empty:
        return (type(default),) if isinstance(default, bool | int | float | str) else None
    found = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if not all(one in SIMPLE for one in found):
        return None
    return (*found, type(None)) if default is None and type(None) not in found else found


def _typed(name: str, value: Any, allowed: tuple[type, ...] | None) -> Any:
    if allowed is None or type(value) in allowed:
        return value
    if bool in allowed:
        if isinstance(value, str) and value.lower() in TRUTH:
            return TRUTH[value.lower()]
        if not isinstance(value, str) and value in (0, 1):
            return bool(value)
    if int in allowed and isinstance(value, float) and value.is_integer():
        return int(value)
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, SIMPLE):  # of a plugin's own kind, or NumPy's: the constructor knows
        return value
    wanted = " or ".join(dict.fromkeys(WORDS[one] for one in allowed if one is not type(None)))
    raise MethodError(f"{name}={value!r}: it takes {wanted or 'nothing else than its default'}")
