"""The method contract: all that the author of a metric needs to read.

A *method* scores restored images R. It does so in two steps, because many restored images share one
reference: :meth:`Method.prepare` is called once per distinct reference, :meth:`Method.score` once
per batch of restored images that are shown that reference.

* Images are ``float32`` RGB tensors with values in [0, 1], shape ``(N, 3, H, W)``.
* The *runner* decides which reference is shown (none, degraded, pristine, ...): a method cannot peek.
* A method does its own normalising and resizing and leaves its inputs unchanged.

The smallest plugin is one function::

    from iqabench import method

    @method("mae", lower_is_better=True, paradigms="DR FR")
    def mae(restored, reference):
        return (restored - reference).abs().mean((1, 2, 3))

This module imports no torch, so that declaring a method costs nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from iqabench.errors import MethodError

if TYPE_CHECKING:
    from torch import Tensor

    from iqabench.training import FitSession, TrainingSet


class Paradigm(StrEnum):
    """What a run shows a method beside the restored image."""

    NR = "NR"
    """No reference: the restored image alone."""
    DR = "DR"
    """Degraded reference: the input of the restoration."""
    FR = "FR"
    """Full reference: the pristine image."""


@dataclass(frozen=True)
class MethodInfo:
    """What is known of a method without running it.

    ``version`` changes whenever a score may change. ``trained_on`` names the datasets whose labels
    shaped the weights, so that contamination is visible in a table. ``anchor`` marks a cheap,
    weight-free yardstick that every run shows beside the methods asked for.
    """

    name: str
    version: str = "1"
    paradigms: tuple[Paradigm, ...] = (Paradigm.DR, Paradigm.FR)
    lower_is_better: bool = False
    summary: str = ""
    citation: str = ""
    """BibTeX entry of the paper to cite."""
    weights: tuple[str, ...] = ()
    """Names of the pretrained weights it needs (see ``iqabench weights list``)."""
    trained_on: tuple[str, ...] = ()
    trainable: bool = False
    """True if the method has ``fit`` and is trained on the split before it scores."""
    training_references: tuple[str, ...] = ()
    """References that training needs: any of ``degraded``, ``pristine``."""
    requires: tuple[str, ...] = ()
    """Parameters that must be given to build it, such as a checkpoint; it then takes part in no ``all``."""
    minimum_size: int = 1
    """Smallest height and width in pixels that it can score."""
    ready: str = ""
    """Name of the method that is this one with trained weights of its own: used where nothing has been trained."""
    anchor: bool = False
    table2: bool = False
    """One of the ten systems of the CKDN paper's Table 2."""

    @property
    def sign(self) -> int:
        """+1 if a higher score means better quality, -1 if lower does."""
        return -1 if self.lower_is_better else 1


@runtime_checkable
class Method(Protocol):
    """Anything that scores restored images.

    Optional attributes the runner uses where they exist:

    * ``settings``: mapping of every setting that may change a score (enters the run id);
    * ``weights_used``: mapping of the pretrained weights it loaded to their SHA-256 (enters the run id);
    * ``start``: a word such as ``random``, ``imagenet`` or ``shipped``, for a trained method: what its training
      started from;
    * ``to(device)``: moves the tensors it holds (an ``nn.Module`` has it);
    * ``frozen(precision)``: an object with ``prepare`` and ``score`` that a run uses instead, now that the weights
      are final: the same scores but for rounding, faster; ``precision`` is ``fp32`` or ``bf16``, and no autocast
      is set around it: its weights hold the precision;
    * ``score_rows(rows)``: scores from the rows' facts (content, algorithm, category, task) instead of from
      images; for floors such as a category's mean, which look at no image;
    * ``tiling``: a :class:`iqabench.scoring.tiles.Tiling`, the method's own rule for large images when one scores one's
      own (``iqabench score``); a run scores every image whole;
    * ``notes``: list of sentences the reader of a score must know ("trained from a random start").
    """

    info: MethodInfo

    def prepare(self, reference: Tensor) -> Any:
        """Turn one reference ``(1, 3, H, W)`` into whatever :meth:`score` wants.

        Called once per distinct reference, and not at all in a no-reference run.
        """
        ...

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. ``prepared`` is None in an NR run."""
        ...


@runtime_checkable
class Trainable(Method, Protocol):
    """A method that is trained on the split's training part before it scores."""

    def fit(self, data: TrainingSet, session: FitSession) -> None:
        """Train on ``data``; ``session`` gives device, precision, seed, checkpoints and progress."""
        ...

    def trained_state(self) -> dict[str, Tensor]:
        """Tensors that :meth:`load_trained_state` needs to score as this method does now."""
        ...

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        """Take over the tensors of :meth:`trained_state`; every tensor must be used, none missing."""
        ...


@dataclass(frozen=True)
class MethodEntry:
    """A method in the registry: its declaration, and how to build it when it is needed."""

    info: MethodInfo
    build: Callable[..., Any] | str
    """A class or function that returns the method, or ``"module:attribute"`` imported on first use."""
    source: str = ""
    """Where it came from: distribution and version, or the plugin file."""

    def create(self, **parameters: Any) -> Any:
        """Build the method. Raises MethodError on a parameter that it does not take."""
        build = self._imported()
        known = inspect.signature(build).parameters
        takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
        unknown = sorted(set(parameters) - set(known)) if not takes_any else []
        if unknown:
            raise MethodError(
                f"method {self.info.name} has no parameter {unknown[0]!r}; it has: {', '.join(sorted(known)) or 'none'}"
            )
        built = build(**parameters)
        built.info = self.info
        return built

    def parameter_names(self) -> tuple[str, ...]:
        """Names that :meth:`create` takes; imports the method's module."""
        return tuple(inspect.signature(self._imported()).parameters)

    def _imported(self) -> Callable[..., Any]:
        if not isinstance(self.build, str):
            return self.build
        module, _, attribute = self.build.partition(":")
        return getattr(import_module(module), attribute)


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

    A function takes ``(restored, reference)``, or ``(restored)`` if its only paradigm is NR, and
    returns one score per restored image. A class implements :class:`Method` (or
    :class:`Trainable`); its constructor's keywords are its parameters.
    ``details`` are the further fields of :class:`MethodInfo`.

    Raises
    ------
    MethodError
        For an unknown paradigm.
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
        if inspect.isclass(target) and hasattr(target, "fit"):
            info = replace(info, trainable=True)
        target.info = info  # type: ignore[attr-defined]
        return target

    return attach


class FunctionMethod:
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


def as_entry(target: Any, source: str) -> MethodEntry:
    """Turn what an entry point or a plugin file holds into a :class:`MethodEntry`.

    Raises
    ------
    MethodError
        If ``target`` was declared neither with ``@method`` nor with :func:`declare`.
    """
    if isinstance(target, MethodEntry):
        return replace(target, source=source)
    info: Mapping[str, Any] | MethodInfo | None = getattr(target, "info", None)
    if not isinstance(info, MethodInfo):
        raise MethodError(f"{source}: {target!r} is not a method; put @method(...) above it")
    if inspect.isclass(target):
        return MethodEntry(info=info, build=target, source=source)
    return MethodEntry(info=info, build=lambda: FunctionMethod(info, target), source=source)
