"""Validation by a config in the style of BasicSR: ``val: {metrics: {name: {type: ..., better: higher}}}``.

The section is a dict, as a YAML or TOML file gives it. BasicSR itself is not needed. Its own entries are understood,
too: ``{type: calculate_psnr, crop_border: 4, test_y_channel: true}`` gives BasicSR's number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iqabench._util.errors import UserError
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.predict.integrations.torch import Validation
from iqabench.predict.integrations.trackers import ExperimentTracker

TYPES: dict[str, dict[str, Any]] = {
    "calculate_psnr": {"type": "psnr"},
    "calculate_ssim": {"type": "ssim", "downsample": False},
}
"""BasicSR's own functions, as methods that give the same numbers."""


def validation_from_config(
    config: Mapping[str, Any],
    *,
    protocol: str | ScoringProtocol | None = None,
    trackers: Sequence[ExperimentTracker] = (),
    prefix: str = "metrics/",
) -> Validation:
    """Make the validation that a config describes.

    Parameters
    ----------
    config
        The section ``val`` of a config, or its ``metrics``: by name ``type`` (a method, or ``calculate_psnr`` or
        ``calculate_ssim``), ``better`` (``higher`` or ``lower``), ``reference`` (``degraded`` or ``pristine``),
        ``crop_border`` and ``test_y_channel`` (or ``protocol``), and the method's parameters.
    protocol
        Of metrics that name none: ``iqabench list protocols``.
    trackers
        What :meth:`~iqabench.predict.integrations.torch.Validation.log` writes to.
    prefix
        Goes before the names there; BasicSR's own is ``metrics/``.

    Raises
    ------
    UserError
        If the config names no metric, or one that cannot be had.

    Examples
    --------
    >>> from iqabench.predict.integrations.basicsr import validation_from_config
    >>> config = {"metrics": {"psnr": {"type": "calculate_psnr", "crop_border": 4, "test_y_channel": True}}}
    >>> validation = validation_from_config(config)
    >>> validation.higher_is_better, validation.metrics[0].protocol.name
    ({'psnr': True}, 'sr-y-border4')
    """
    metrics = config.get("metrics", config)
    if not isinstance(metrics, Mapping) or not metrics:
        raise UserError("the config names no metric: write val: {metrics: {ckdn: {type: ckdn, better: higher}}}")
    ours = {name: _understood(options) for name, options in metrics.items()}
    return Validation(ours, protocol=protocol, trackers=trackers, prefix=prefix)


def _understood(options: Any) -> Any:
    if not isinstance(options, Mapping):
        return options
    method = TYPES.get(str(options.get("type")), {})
    return {**options, **method}
