"""Which metrics a validation computes: names, or a dict of options as BasicSR's configs have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from iqabench._util.errors import MethodError, UserError
from iqabench.data.protocols.load import protocol_given
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.methods.contract import Method, Paradigm
from iqabench.methods.given import method_given
from iqabench.predict.call import build, score
from iqabench.predict.integrations.protocols import protocol_of_options

REFERENCES = {"degraded": Paradigm.DR, "pristine": Paradigm.FR}
"""What a metric may be shown, and the paradigm that it then works by."""


@dataclass(frozen=True)
class ValidationMetric:
    """One metric of a validation, ready to score."""

    label: str
    """Names its numbers."""
    method: Method
    reference: str | None = None
    """``degraded`` or ``pristine`` if it was asked for; else the pristine image where it is there and of use."""
    protocol: ScoringProtocol | None = None
    """How images are brought before it; None for whole ones in RGB."""

    @property
    def sign(self) -> int:
        """+1 if higher is better, -1 if lower is."""
        return self.method.info.sign

    def scores(self, restored: Tensor, degraded: Tensor | None, pristine: Tensor | None) -> list[float]:
        """One score for each image, computed as ``iqabench score`` computes it from files.

        Parameters
        ----------
        restored
            ``(N, 3, H, W)`` floats, cut to [0, 1] and rounded to 8 bits, as saving the images would do.
        degraded, pristine
            ``(N, 3, h, w)`` and ``(N, 3, H, W)`` in [0, 1]; None where there is none.

        Raises
        ------
        UserError
            If the reference is missing, or an image cannot be scored.
        """
        shown = self._shown({"degraded": degraded, "pristine": pristine})
        if restored.ndim != 4:
            raise UserError(f"restored images are {tuple(restored.shape)}; give a batch (N, 3, H, W)")
        given = restored.detach().float()
        reference = None if shown is None else list(shown.detach().float().clamp(0, 1))
        found = score(list(given.clamp(0, 1)), reference, self.method, protocol=self.protocol)
        return list(found) if isinstance(found, list) else [found]

    def _shown(self, there: Mapping[str, Tensor | None]) -> Tensor | None:
        paradigms = self.method.info.paradigms
        if paradigms == (Paradigm.NR,):
            return None
        wanted = [self.reference] if self.reference else ["pristine", "degraded"]
        for name in wanted:
            image = there[name]
            if image is not None and REFERENCES[name] in paradigms:
                return image
        named = " or ".join(name for name in wanted if REFERENCES[name] in paradigms)
        call = " or ".join(f"update(restored, {name}=...)" for name in wanted if REFERENCES[name] in paradigms)
        raise MethodError(f"{self.label} compares with the {named} image: give {call}")


def metrics_given(given: Any, protocol: str | ScoringProtocol | None = None) -> list[ValidationMetric]:
    """The metrics that a caller asks for.

    Parameters
    ----------
    given
        Names (``"ckdn,psnr"`` or a list; ``psnr@degraded`` says which reference), objects of
        :class:`iqabench.Method`, a list of both, or a dict as :func:`from_config` takes it.
    protocol
        Of ``iqabench list protocols``, such as ``sr-y-border4``, or a TOML file: how images are brought before all of
        them, but those of a dict that name their own. Default: RGB, whole images.

    Raises
    ------
    UserError
        If there is no such method or protocol, or it cannot be had.
    """
    rules = protocol_given(protocol)
    if isinstance(given, Mapping):
        return from_config(given, rules)
    listed = given if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    found = []
    for one in listed:
        if isinstance(one, ValidationMetric):
            found.append(one)
        elif isinstance(one, str):
            found += [_named(word.strip(), rules) for word in one.split(",") if word.strip()]
        else:
            method = method_given(one, {})
            found.append(ValidationMetric(method.info.name, method, protocol=rules))
    if not found:
        raise UserError("no metric is given; name one, such as 'ckdn'")
    labels = [metric.label for metric in found]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UserError(f"two metrics are called {twice}; give a dict with a name for each")
    return found


def from_config(config: Mapping[str, Any], protocol: ScoringProtocol | None = None) -> list[ValidationMetric]:
    """Metrics of a config: ``{name: {type: ..., better: higher, ...}}``.

    Parameters
    ----------
    config
        By the name that the numbers get: ``type`` (a method of ``iqabench list methods``; default: the name),
        ``better`` (``higher`` or ``lower``; checked, since the method knows), ``reference`` (``degraded`` or
        ``pristine``), ``protocol`` or BasicSR's ``crop_border`` and ``test_y_channel``, and the method's own
        parameters.
    protocol
        Of metrics that name none.

    Raises
    ------
    UserError
        If an entry is no mapping, names no method, or contradicts the method.
    """
    return [_configured(str(label), options, protocol) for label, options in config.items()]


def _configured(label: str, options: Any, protocol: ScoringProtocol | None) -> ValidationMetric:
    if not isinstance(options, Mapping):
        raise UserError(f"metric {label}: {options!r} is no mapping; write {{type: METHOD, better: higher}}")
    rest = dict(options)
    name, better, reference = str(rest.pop("type", label)), rest.pop("better", None), rest.pop("reference", None)
    try:
        protocol = protocol_of_options(rest, protocol)
        method = build(name, rest).method
    except UserError as error:
        raise UserError(f"metric {label}: {str(error).removeprefix(f'{name}: ')}") from error
    knows = "lower" if method.info.lower_is_better else "higher"
    if better not in (None, knows):
        raise UserError(f"metric {label}: better: {better}, but of {name} {knows} is better; write better: {knows}")
    return ValidationMetric(label, method, _reference(label, reference, method), protocol)


def _named(word: str, protocol: ScoringProtocol | None) -> ValidationMetric:
    name, _, reference = word.partition("@")
    method = build(name, {}).method
    return ValidationMetric(word, method, _reference(word, reference or None, method), protocol)


def _reference(label: str, reference: Any, method: Method) -> str | None:
    if reference is None:
        return None
    if reference not in REFERENCES:
        raise UserError(f"metric {label}: reference {reference!r}; use degraded or pristine")
    if REFERENCES[reference] not in method.info.paradigms:
        raise UserError(f"metric {label}: {method.info.name} does not compare with the {reference} image")
    return str(reference)
