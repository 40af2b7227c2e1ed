"""Validation by a config in the style of BasicSR: ``val: {metrics: {name: {type: ..., better: higher}}}``.

The section is a dict, as a YAML or TOML file gives it. BasicSR itself is not needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iqabench._util.errors import UserError
from iqabench.predict.integrations.metrics import from_config
from iqabench.predict.integrations.torch import Validation
from iqabench.predict.integrations.trackers import ExperimentTracker


def validation_from_config(
    config: Mapping[str, Any], *, trackers: Sequence[ExperimentTracker] = (), prefix: str = "metrics/"
) -> Validation:
    """Make the validation that a config describes.

    Parameters
    ----------
    config
        The section ``val`` of a config, or its ``metrics``: by name ``type`` (a method), ``better`` (``higher`` or
        ``lower``), ``reference`` (``degraded`` or ``pristine``) and the method's parameters.
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
    >>> config = {"metrics": {"structure": {"type": "ssim", "better": "higher", "downsample": False}}}
    >>> validation_from_config(config).higher_is_better
    {'structure': True}
    """
    metrics = config.get("metrics", config)
    if not isinstance(metrics, Mapping) or not metrics:
        raise UserError("the config names no metric: write val: {metrics: {ckdn: {type: ckdn, better: higher}}}")
    return Validation(from_config(metrics), trackers=trackers, prefix=prefix)
