"""The restorer contract: all that the author of a restoration algorithm needs to read.

A *restorer* is a function of a degraded image and the factor by which it is to be enlarged::

    from iqabench import restorer

    @restorer("mine", takes="lr noise", category="01")
    def mine(image, scale):
        return some_network(image, scale)

* ``image`` is ``float32`` RGB of shape ``(h, w, 3)`` with values in [0, 1].
* ``scale`` is 1 for an input of the pristine size, else how many times larger the result must be.
* The result is ``(h * scale, w * scale, 3)``; it is clipped to [0, 1] and, at the end of a chain, rounded to 8 bit.
* Further keywords are settings, given in a recipe. A keyword ``rng`` receives a NumPy generator that depends
  on the seed, the content and the algorithm alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from iqabench._util.blame import told
from iqabench._util.errors import MethodError

if TYPE_CHECKING:
    import numpy as np

LR, NOISE, JPEG = "lr", "noise", "jpeg"
KINDS = (LR, NOISE, JPEG)
"""What may be wrong with a degraded image: fewer pixels, noise, JPEG compression."""

CATEGORIES: dict[str, tuple[str, str]] = {
    "00": ("traditional SR", "SR"),
    "01": ("PSNR-oriented SR", "SR"),
    "02": ("SR with kernel mismatch", "SR"),
    "03": ("GAN-based SR", "SR"),
    "04": ("denoising", "denoising"),
    "05": ("SR and denoising jointly", "mixture"),
}
"""Category code -> (its name, task), in the words of PIPAL and of the paper."""

RESERVED = ("image", "scale", "rng")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class RestorerInfo:
    """What is known of a restorer without running it."""

    name: str
    takes: tuple[str, ...] = ()
    """Kinds of degradation it undoes, of :data:`KINDS`. With ``lr`` it enlarges; without, it keeps the size.
    Empty for a filter that only works on another restorer's result, such as sharpening."""
    category: str = "00"
    """A key of :data:`CATEGORIES`."""
    scales: tuple[int, ...] = ()
    """Factors it can enlarge by; empty for any."""
    summary: str = ""
    version: str = "1"
    """Changes whenever a result may change."""
    needs: tuple[str, ...] = ()
    """Python modules it imports that the toolkit does not depend on."""
    files: str = ""
    """``"module:function"`` that raises a UserError where files it needs cannot be had; empty for none."""
    trained_on: str = ""
    """Photographs that its weights have seen; they give it an easier task than others."""
    origin: str = ""
    """Where its weights come from, and their licence."""
    citation: str = ""

    @property
    def enlarges(self) -> bool:
        """True if it turns a small image into a large one."""
        return LR in self.takes

    def suits(self, kinds: frozenset[str], scale: int) -> bool:
        """True if it can be used alone on a degradation of these kinds and this scale."""
        return bool(self.takes) and kinds <= set(self.takes) and self.fits(scale)

    def fits(self, scale: int) -> bool:
        """True if it can be given this scale; one that enlarges keeps the size only if ``scales`` says so."""
        if scale == 1:
            return not self.enlarges or 1 in self.scales
        return self.enlarges and (not self.scales or scale in self.scales)

    def missing(self) -> tuple[str, ...]:
        """Modules of ``needs`` that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)


@dataclass(frozen=True)
class RestorerEntry:
    """A restorer in the registry: its declaration and its code."""

    iqabench_kind: ClassVar[str] = "restorer"
    """What a plugin file holds; see :func:`iqabench._util.registry.kind_of`."""
    info: RestorerInfo
    code: Callable[..., np.ndarray] | str
    """The function, or ``"module:attribute"`` imported on first use."""
    source: str = ""
    """Where it came from: distribution and version, or the plugin file."""

    @cached_property
    def function(self) -> Callable[..., np.ndarray]:
        """The function itself."""
        if not isinstance(self.code, str):
            return self.code
        found: Callable[..., np.ndarray] = _attribute(self.code)
        return found

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Names of the keywords it takes beside image and scale."""
        return frozenset(inspect.signature(self.function).parameters) - {"image", "scale"}

    def check_settings(self, settings: dict[str, Any]) -> None:
        """Raise MethodError on a setting that the function does not have."""
        known = self.parameters - set(RESERVED)
        unknown = sorted(set(settings) - known)
        if unknown:
            has = ", ".join(sorted(known)) or "none"
            raise MethodError(f"restorer {self.info.name} has no setting {unknown[0]!r}; it has: {has}")

    def check_files(self) -> None:
        """Raise a UserError if files that it needs cannot be had."""
        if self.info.files:
            _attribute(self.info.files)(self.info.name)

    def run(self, image: np.ndarray, scale: int, settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
        """Restore ``(h, w, 3)`` float32; returns ``(h*scale, w*scale, 3)`` float32 clipped to [0, 1].

        Raises
        ------
        MethodError
            If the function fails, or its result has another shape or is not finite.
        """
        import numpy as np

        extra = {"rng": rng} if "rng" in self.parameters else {}
        try:
            result = np.asarray(self.function(image, scale, **settings, **extra))
        except Exception as error:  # a plugin may fail in any way; the message says which one it was
            reason = told(error)
            raise MethodError(
                f"restorer {self.info.name} failed on a {image.shape[1]}x{image.shape[0]} image: {reason}"
            ) from error
        wanted = (image.shape[0] * scale, image.shape[1] * scale, 3)
        if result.shape != wanted:
            raise MethodError(f"restorer {self.info.name} returned shape {result.shape}; it must be {wanted}")
        if not np.isfinite(result).all():
            raise MethodError(f"restorer {self.info.name} returned values that are not finite")
        clipped: np.ndarray = np.clip(result, 0, 1)
        return clipped.astype(np.float32)


def declare_restorer(info: RestorerInfo, code: str) -> RestorerEntry:
    """Declare a restorer whose code, ``"module:attribute"``, is imported only when it is used."""
    return RestorerEntry(check(info), code)


Declared = TypeVar("Declared", bound=Callable[..., Any])


def restorer(name: str, *, takes: str = "", category: str = "00", **details: Any) -> Callable[[Declared], Declared]:
    """Declare a function as a restorer; ``details`` are the further fields of :class:`RestorerInfo`.

    Raises
    ------
    MethodError
        For an unknown kind of degradation or category.

    Examples
    --------
    >>> from iqabench import restorer
    >>> @restorer("repeat", takes="lr", category="01")
    ... def repeat(image, scale):
    ...     '''float32 RGB (h, w, 3) in [0, 1] to (h * scale, w * scale, 3).'''
    ...     return image.repeat(scale, 0).repeat(scale, 1)
    >>> repeat.restorer_info.name
    'repeat'
    """

    def attach(target: Declared) -> Declared:
        summary = details.pop("summary", None) or (inspect.getdoc(target) or "").split("\n")[0]
        info = RestorerInfo(name, tuple(takes.split()), category, summary=summary, **details)
        target.restorer_info = check(info)  # type: ignore[attr-defined]
        target.iqabench_kind = RestorerEntry.iqabench_kind  # type: ignore[attr-defined]
        return target

    return attach


def check(info: RestorerInfo) -> RestorerInfo:
    """Return ``info``; raise MethodError if it makes no sense."""
    if not _NAME.fullmatch(info.name):
        raise MethodError(f"restorer {info.name!r}: use small letters, digits and '-' in its name")
    strange = sorted(set(info.takes) - set(KINDS))
    if strange:
        raise MethodError(f"restorer {info.name}: takes {strange[0]!r}; use words of {' '.join(KINDS)!r}")
    if info.category not in CATEGORIES:
        raise MethodError(f"restorer {info.name}: category {info.category!r}; use one of {', '.join(CATEGORIES)}")
    return info


def declared_restorer(target: Any) -> RestorerInfo | None:
    """What ``@restorer`` said of ``target``; None if it is no restorer."""
    info = target.info if isinstance(target, RestorerEntry) else getattr(target, "restorer_info", None)
    return info if isinstance(info, RestorerInfo) else None


def as_restorer(target: Any, source: str) -> RestorerEntry:
    """Turn what an entry point or a plugin file holds into a :class:`RestorerEntry`.

    Raises
    ------
    MethodError
        If ``target`` was declared neither with ``@restorer`` nor with :func:`declare_restorer`.
    """
    if isinstance(target, RestorerEntry):
        return replace(target, source=source)
    info = declared_restorer(target)
    if info is None:
        raise MethodError(f"{source}: {target!r} is not a restorer; put @restorer(...) above it")
    return RestorerEntry(info, target, source)


def _attribute(address: str) -> Any:
    module, _, attribute = address.partition(":")
    return getattr(import_module(module), attribute)
