"""The method contract: all that the author of a metric needs to read.

A *method* scores restored images R. It does so in two steps, because many restored images share one
reference: :meth:`Method.prepare` is called once per distinct reference, :meth:`Method.score` once
per batch of restored images that are shown that reference.

* Images are ``float32`` RGB tensors with values in [0, 1], shape ``(N, 3, H, W)``.
* The *runner* decides which reference is shown (none, degraded, pristine, ...): a method cannot peek.
* A method does its own normalising and resizing and leaves its inputs unchanged.
* It may also say where an image is bad (:meth:`Method.map`), of which pages make heat maps.

The smallest plugin is one function::

    from iqabench import method

    @method("mae", lower_is_better=True, paradigms="DR FR")
    def mae(restored, reference):
        return (restored - reference).abs().mean((1, 2, 3))

This module imports no torch, so that declaring a method costs nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from iqabench._util.errors import MethodError
from iqabench._util.reading import files_read
from iqabench._util.text import did_you_mean
from iqabench.data.paradigm import Paradigm
from iqabench.methods.base import Method, MethodInfo
from iqabench.methods.settings import bound_arguments, plain_settings, record_constructor
from iqabench.methods.typed import typed_settings
from iqabench.methods.untrained import guard_scores

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FunctionMethod", "Method", "MethodEntry", "MethodInfo", "Paradigm", "as_entry", "declare", "method"]

Code = Callable[[], Mapping[str, str] | None]
"""Says what the code of a method from outside is: ``source`` and ``sha256``; None for a built-in method."""


def _built_in() -> None:
    """Code of this distribution: its version says which it is."""


@dataclass(frozen=True)
class MethodEntry:
    """A method in the registry: its declaration, and how to build it when it is needed."""

    info: MethodInfo
    build: Callable[..., Any] | str
    """A class or function that returns the method, or ``"module:attribute"`` imported on first use."""
    source: str = ""
    """Where it came from: distribution and version, or the plugin file."""
    code: Code = field(default=_built_in, compare=False)
    importer: Callable[[str], ModuleType] = field(default=import_module, compare=False)
    """Imports the module that ``build`` names."""
    folder: Path | None = field(default=None, compare=False)
    """Of the plugin file: what it reads there to build the method is part of what the method is."""
    replaces: str = ""
    """Who else offers a method of this name, if this one was allowed to take its place."""

    def create(self, **settings: Any) -> Method:
        """Build the method with ``settings`` and record what it is: settings, weights, code.

        Raises
        ------
        MethodError
            For a setting that it does not have or that JSON cannot hold, or if no :class:`Method` comes out.
        """
        from iqabench._util.generators import kept_generators

        # A network draws its first weights, even where it loads others afterwards; so do some modules when imported.
        with kept_generators():
            return self._create(settings)

    def _create(self, settings: Mapping[str, Any]) -> Method:
        from iqabench.weights.record import READ, recording

        build = self.builder()
        settings, arguments = self._taken(build, settings)
        with recording() as weights, self._reading() as read:
            built = build(**settings)
        if not isinstance(built, Method):
            raise MethodError(
                f"{self.source or self.info.name}: {self.info.name} builds a {type(built).__name__}; derive its class "
                "from iqabench.Method, or put @method(...) above it"
            )
        built.info = self.info
        built.foreign_code = self.code()
        files = {f"{name}{READ}": digest for name, digest in read.items()}
        built.weights_used = weights | built.weights_used | files | self._held_by(built)
        if self.replaces:
            built.notes = [*built.notes, f"{self.info.name} is that of {self.source}, not of {self.replaces}"]
        try:
            record_settings(built, build, arguments)
        except MethodError as error:
            raise MethodError(f"{self.info.name}: {error}") from error
        return built

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise what :meth:`create` would for a setting that the method does not have, or a value of another kind.

        Nothing is built; the method's module is imported.
        """
        self._taken(self.builder(), settings)

    def _taken(
        self, build: Callable[..., Any], settings: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """``settings`` as ``build`` takes them, and all its arguments as JSON can hold them."""
        known = inspect.signature(build).parameters
        takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
        unknown = sorted(set(settings) - set(known)) if not takes_any else []
        if unknown:
            hint = did_you_mean(unknown[0], known)
            raise MethodError(
                f"method {self.info.name} has no parameter {unknown[0]!r}{hint if hint != '.' else ';'} it has: "
                + (", ".join(sorted(known)) or "none")
            )
        try:
            settings = typed_settings(build, settings)
            # Before it is built: a constructor may change a list that it was given.
            arguments = plain_settings(bound_arguments(build, **settings))
        except (MethodError, TypeError) as error:
            raise MethodError(f"{self.info.name}: {error}") from error
        return settings, arguments

    @property
    def foreign(self) -> bool:
        """True if it does not come with iqabench."""
        return self.code is not _built_in

    def _reading(self) -> AbstractContextManager[dict[str, str]]:
        return nullcontext({}) if self.folder is None else files_read(self.folder)

    def _held_by(self, built: Method) -> dict[str, str]:
        """Digest of all tensors in a ready method from outside, whose code may load them by itself."""
        if not self.foreign or self.info.trainable:
            return {}
        from iqabench.weights.held import held_digest
        from iqabench.weights.record import HELD

        digest = held_digest(built)
        return {} if digest is None else {f"{self.info.name}{HELD}": digest}

    def parameter_names(self) -> tuple[str, ...]:
        """Names that :meth:`create` takes; imports the method's module."""
        return tuple(inspect.signature(self.builder()).parameters)

    def parameters(self) -> dict[str, Any]:
        """Parameters that :meth:`create` takes and their defaults, as JSON can hold them; imports the method's module.

        A parameter without a default stands there with None.
        """
        known = inspect.signature(self.builder()).parameters.values()
        named = [one for one in known if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
        return plain_settings({one.name: None if one.default is one.empty else one.default for one in named})

    def builder(self) -> Callable[..., Any]:
        """The class or function itself, imported if need be."""
        build = self.build
        if isinstance(build, str):
            module, _, attribute = build.partition(":")
            build = getattr(self.importer(module), attribute)
        return adapted(build) if inspect.isclass(build) else build


def record_settings(built: Method, build: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Record the ``arguments`` of ``build`` as settings of what it built: a function cannot hide one, either."""
    target = build
    while isinstance(target, functools.partial):
        target = target.func
    # What a class was given by a partial's positional arguments stands in its own record alone.
    own = plain_settings(vars(built).get("_recorded", {})) if inspect.isclass(target) else {}
    vars(built)["_recorded"] = vars(built)["_final"] = {**own, **arguments}
    built.state_facts(**vars(built).get("_stated", {}))


def declare(info: MethodInfo, build: str) -> MethodEntry:
    """Declare a method whose code, ``"module:attribute"``, is imported only when it is used."""
    return MethodEntry(info=info, build=build)


Declared = TypeVar("Declared", bound=Callable[..., Any])


def method(
    name: str,
    *,
    paradigms: str = "DR FR",
    lower_is_better: bool = False,
    **details: Any,
) -> Callable[[Declared], Declared]:
    """Declare a function or class as a method.

    A function takes ``(restored, reference)``, or ``(restored)`` if its only paradigm is NR, and returns one score per
    restored image. A class defines ``prepare`` and ``score`` of :class:`Method`, and ``fit`` if it is trained; the
    keywords of its constructor are its settings. ``details`` are the further fields of :class:`MethodInfo`.

    Raises
    ------
    MethodError
        For an unknown paradigm, or a class that cannot be made a :class:`Method`.

    Examples
    --------
    >>> from iqabench import method
    >>> @method("mae", lower_is_better=True, paradigms="DR FR")
    ... def mae(restored, reference):
    ...     '''Mean absolute difference.'''
    ...     return (restored - reference).abs().mean((1, 2, 3))
    >>> mae.info.summary
    'Mean absolute difference.'
    """
    try:
        shown = tuple(Paradigm(word) for word in paradigms.split())
    except ValueError as error:
        raise MethodError(f"method {name}: paradigms={paradigms!r}; use words of 'NR DR FR'") from error
    if not shown:
        raise MethodError(f"method {name}: paradigms is empty; use words of 'NR DR FR'")

    def attach(target: Declared) -> Declared:
        summary = details.pop("summary", None) or (inspect.getdoc(target) or "").split("\n")[0]
        info = MethodInfo(name=name, paradigms=shown, lower_is_better=lower_is_better, summary=summary, **details)
        if inspect.isclass(target):
            info = replace(info, trainable=info.trainable or adapted(target).fit is not Method.fit)
        target.info = info  # type: ignore[attr-defined]
        return target

    return attach


def adapted(cls: type) -> type[Method]:
    """``cls`` as a :class:`Method`: one that does not derive from it is given what it lacks, in place.

    Raises
    ------
    MethodError
        If it uses a name of :class:`Method` for something else.
    """
    if not issubclass(cls, Method):
        for name in ("settings", "weights_used"):
            if name in dir(cls):
                raise MethodError(
                    f"{cls.__module__}: class {cls.__name__} defines {name} itself; the arguments of its constructor "
                    "are its settings, and self.state_facts(...) in the constructor adds to them"
                )
        try:
            for name, value in vars(Method).items():
                if not name.startswith("_") and name not in dir(cls):
                    setattr(cls, name, value)
        except TypeError as error:
            raise MethodError(f"{cls.__module__}: class {cls.__name__} must derive from iqabench.Method") from error
        Method.register(cls)
    record_constructor(cls)
    guard_scores(cls)
    return cls


class FunctionMethod(Method):
    """A plain scoring function behind the method contract."""

    def __init__(self, info: MethodInfo, function: Callable[..., Tensor]) -> None:
        self.info = info
        self._function = function
        self._needs_reference = info.paradigms != (Paradigm.NR,)

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)`` as it is."""
        return reference

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Call the function; a reference is expanded to the batch ``(N, 3, H, W)`` first."""
        if not self._needs_reference:
            return self._function(restored)
        if prepared is None:
            return self._function(restored, None)
        return self._function(restored, prepared.expand_as(restored))


def declared_info(target: Any) -> MethodInfo | None:
    """What ``@method`` or :func:`declare` said of ``target``; None if it is no declared method."""
    info = getattr(target, "info", None)
    return info if isinstance(info, MethodInfo) and info.name else None


def as_entry(target: Any, source: str, code: Code = _built_in) -> MethodEntry:
    """Turn what an entry point or a plugin file holds into a :class:`MethodEntry`.

    Raises
    ------
    MethodError
        If ``target`` was declared neither with ``@method`` nor with :func:`declare`.
    """
    if isinstance(target, MethodEntry):
        return replace(target, source=source, code=code if target.code is _built_in else target.code)
    info = declared_info(target)
    if info is None:
        raise MethodError(f"{source}: {target!r} is not a method; put @method(...) above it")
    if inspect.isclass(target):
        return MethodEntry(info=info, build=target, source=source, code=code)
    return MethodEntry(info=info, build=lambda: FunctionMethod(info, target), source=source, code=code)
