"""By which protocol a metric of a validation is computed: its name, or the options that BasicSR's metrics have."""

from __future__ import annotations

from typing import Any

from iqabench._util.errors import UserError
from iqabench.data.protocols.load import protocol_given, shipped_protocols
from iqabench.data.protocols.protocol import FLOAT, ScoringProtocol

LARGEST_BORDER = 1 << 12
"""Pixels: wider than that of any image that is restored."""


def protocol_of_options(options: dict[str, Any], default: ScoringProtocol | None) -> ScoringProtocol | None:
    """Take ``protocol``, ``crop_border`` and ``test_y_channel`` out of a metric's ``options``.

    Parameters
    ----------
    options
        Of one metric; ``protocol`` as :func:`iqabench.score` takes it, ``crop_border`` (pixels cut off each side) and
        ``test_y_channel`` (luma, not rounded) as BasicSR's ``calculate_psnr`` takes them. The three are removed.
    default
        Where none of them is there.

    Returns
    -------
    ScoringProtocol or None
        The one that comes with iqabench where that has these rules, such as ``sr-y-border4``.

    Raises
    ------
    UserError
        If no protocol has such a value, or both ways are mixed.
    """
    own = {name: options.pop(name) for name in ("crop_border", "test_y_channel") if name in options}
    if "protocol" in options:
        named = options.pop("protocol")
        if own:
            raise UserError(f"protocol and {' and '.join(own)} say the same thing: write one of them")
        if named is not None and not isinstance(named, str | ScoringProtocol):
            raise UserError(f"protocol: {named!r}; write a name of 'iqabench list protocols', or a TOML file")
        return protocol_given(named)
    return _by_options(own.get("crop_border", 0), own.get("test_y_channel", False)) if own else default


def _by_options(border: Any, luma: Any) -> ScoringProtocol:
    if isinstance(border, bool) or not isinstance(border, int) or not 0 <= border <= LARGEST_BORDER:
        raise UserError(
            f"crop_border: {border!r}; write how many pixels are cut off each side, a whole number from 0 to "
            f"{LARGEST_BORDER}"
        )
    if not isinstance(luma, bool):
        raise UserError(f"test_y_channel: {luma!r}; write true (luma) or false (RGB)")
    colour, bits = ("y", FLOAT) if luma else ("rgb", 8)
    made = ScoringProtocol(f"basicsr-{colour}-border{border}", colour, border, bits=bits)
    return next((one for one in shipped_protocols().values() if one.digest == made.digest), made)
