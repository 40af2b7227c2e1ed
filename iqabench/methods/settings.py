"""The settings of a method: the arguments of its constructor with their defaults, as plain data.

They are read off the call itself, so that no method can leave one out of a run's identity.
"""

from __future__ import annotations

import functools
import inspect
import math
import numbers
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import Any

from iqabench._util.errors import MethodError, UserError
from iqabench._util.hashing import file_digest, folder_digest

OPEN_CHOICES = (None, "auto")
"""Values by which a caller leaves a choice to the method; only these may be replaced by what the method chose."""


def bound_arguments(function: Callable[..., Any], *args: Any, **keywords: Any) -> dict[str, Any]:
    """The arguments by name that a call of ``function`` would have, defaults included; ``**keywords`` taken apart.

    Raises
    ------
    TypeError
        If ``function`` does not take them.
    """
    signature = inspect.signature(function)
    bound = signature.bind(*args, **keywords)
    bound.apply_defaults()
    found: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind, default = signature.parameters[name].kind, signature.parameters[name].default
        if kind is inspect.Parameter.VAR_KEYWORD:
            found |= value
        elif kind is inspect.Parameter.VAR_POSITIONAL and not value:
            continue
        elif isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            found[name] = float(value)  # 2 and 2.0 are one setting
        else:
            found[name] = value
    return found


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` as data that JSON can hold; a file stands there by the SHA-256 of what it holds.

    Raises
    ------
    MethodError
        Naming the setting, for a value that is no number, text, list or dictionary, and for NaN and infinity.
    """
    return {str(name): plain_value(value, str(name)) for name, value in settings.items()}


def plain_value(value: Any, name: str) -> Any:
    """One setting as data that JSON can hold; see :func:`plain_settings`."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | Path):
        return _content_of(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        if not math.isfinite(value):
            raise MethodError(f"its setting {name} is {value}; give a finite number")
        return float(value)
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain_value(one, f"{name}.{key}") for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain_value(one, name) for one in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain_value(one, name) for one in value]
    raise MethodError(
        f"its setting {name} is a {type(value).__name__}, which no file can keep; let the constructor take a number, a "
        "text, a list or a dictionary, and make the object from it"
    )


def record_constructor(cls: type) -> None:
    """Let the constructor of ``cls`` record its arguments before it runs.

    Only the first call for an object counts, which is that of its own class: base classes called from within add
    nothing. Copies and pickles call no constructor and keep what was recorded.
    """
    constructor = cls.__init__  # type: ignore[misc]
    if not isinstance(constructor, FunctionType) or "records_settings" in vars(constructor):
        return

    @functools.wraps(constructor)
    def recording(self: Any, *args: Any, **keywords: Any) -> None:
        if "_recorded" not in vars(self):
            vars(self)["_recorded"] = {}
            with suppress(TypeError):  # wrong arguments: the constructor itself says so
                vars(self)["_recorded"] = _without_self(constructor, self, args, keywords)
        constructor(self, *args, **keywords)

    vars(recording)["records_settings"] = True
    cls.__init__ = recording  # type: ignore[misc]


def _without_self(
    constructor: Callable[..., Any], owner: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> dict[str, Any]:
    own = next(iter(inspect.signature(constructor).parameters))
    found = bound_arguments(constructor, owner, *args, **keywords)
    return {name: _snapshot(value) for name, value in found.items() if name != own}


def _snapshot(value: Any) -> Any:
    """A copy of lists and dictionaries, which the method may change later."""
    if isinstance(value, list | tuple):
        return [_snapshot(one) for one in value]
    return {key: _snapshot(one) for key, one in value.items()} if isinstance(value, dict) else value


def _content_of(value: str | Path) -> str:
    """Text as it is; the path of a file or, if written as a path, of a folder as the digest of what is there.

    A bare word that happens to be a file's name may mean something else, so it stays beside the digest.
    """
    try:
        path = Path(value).expanduser()
        is_path = isinstance(value, Path) or "/" in value or "\\" in value
        if path.is_file():
            return f"sha256:{file_digest(path)}" + ("" if is_path else f":{value}")
        if is_path and path.is_dir():
            return f"sha256:{folder_digest(path)}"
    except (OSError, ValueError, RuntimeError):  # too long for a path, a zero byte, no home: it is plain text
        pass
    return str(value)


def settings_by_method(given: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """``given`` under each method's own name; ``names`` maps what a method may be called to that.

    Raises
    ------
    UserError
        For a method that is not in ``names``: nothing would be set.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, values in given.items():
        if name not in names:
            raise UserError(
                f"--set {name}.{next(iter(values), '')}: {name} is not among the methods here, so that it would "
                f"change nothing; they are: {', '.join(names)}"
            )
        found[names[name]] = found.get(names[name], {}) | dict(values)
    return found
