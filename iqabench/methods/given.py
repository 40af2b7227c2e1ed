"""What a caller from Python may give where a method is wanted: a name, an object, or what ``@method`` declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from iqabench._util.errors import MethodError, UserError
from iqabench.methods.base import Method
from iqabench.methods.contract import MethodEntry, as_entry, declared_info

ACCEPTED = (
    "give a name (iqabench.list_methods() shows them), an object of iqabench.Method that create_method(...) or a class "
    "with @iqabench.method makes, or a function or class with @iqabench.method above it"
)


def method_given(given: Any, settings: Mapping[str, Any]) -> Method:
    """The method that ``given`` is or declares, where it is not a name.

    Parameters
    ----------
    given
        An object of :class:`iqabench.Method`, or a function or class with ``@iqabench.method`` above it.
    settings
        Arguments of the constructor that builds what was declared.

    Raises
    ------
    MethodError
        If it is neither, or settings are given for an object that is built already.
    """
    if isinstance(given, Method):
        if not given.info.name:
            raise MethodError(
                f"{type(given).__name__} does not say what its score means (its class has no @iqabench.method above "
                "it); give a method's name, or build it with iqabench.create_method(NAME)"
            )
        if settings:
            raise MethodError(
                f"parameters ({', '.join(settings)}) go with a method's name or its declaration, not with an object "
                "that is built already"
            )
        return given
    if isinstance(given, MethodEntry) or (callable(given) and declared_info(given) is not None):
        return as_entry(given, getattr(given, "__module__", "")).create(**settings)
    raise MethodError(f"{_shown(given)} is not a method: {ACCEPTED}")


def names_given(given: Any, plugins: Iterable[Path]) -> tuple[str, ...]:
    """Names of methods: one, several with commas, or a list of them.

    Parameters
    ----------
    given
        What the caller gave.
    plugins
        Plugin files, which a declaration given as an object could come from.

    Raises
    ------
    MethodError
        If something else than names is given: scores are stored under a name and the identity of the code behind it.
    """
    listed = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    for one in listed:
        if not isinstance(one, str):
            info = declared_info(one)
            name = repr(info.name) if info else "NAME"
            file = repr(str(next(iter(plugins), "FILE.py")))
            raise MethodError(
                f"{_shown(one)} is not the name of a method. evaluate takes names, because scores are stored with the "
                f"identity of the code behind a name: evaluate([{name}]), and for a method of your own, which lies in "
                f"a file, evaluate([{name}], plugins=[{file}])"
            )
    return words("method", listed)


def words(parameter: str, given: str | Iterable[str]) -> tuple[str, ...]:
    """``"a,b"`` or ``["a", "b"]`` as words, each once.

    Raises
    ------
    UserError
        If it is neither; the message names the ``parameter``.
    """
    listed = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [None]
    if not all(isinstance(one, str) for one in listed):
        raise UserError(f"{parameter}={given!r}: give a word, or a list of words")
    return tuple(dict.fromkeys(word.strip() for word in ",".join(map(str, listed)).split(",") if word.strip()))


def _shown(given: Any) -> str:
    """What was given, in a message: an object by its class, a function or class by its name."""
    if isinstance(given, Method):
        return f"an object of {type(given).__name__}"
    return str(getattr(given, "__name__", None) or f"{type(given).__name__} {str(given)[:60]!r}")


def files_given(plugins: str | Path | Iterable[str | Path]) -> tuple[Path, ...]:
    """Plugin files: one, or several."""
    return tuple(map(Path, (plugins,) if isinstance(plugins, str | Path) else plugins))
