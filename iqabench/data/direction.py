"""Which column of a manifest holds the labels, and whether a higher one is better.

=================================  ===============================================================================
what is there                      rule
=================================  ===============================================================================
a column ``mos``                   the labels; higher is better
a column ``dmos``                  the labels, if there is no ``mos``; lower is better. A note says so, since the
                                   ``dmos`` of KADID-10k rises with quality
one column of :data:`LABEL_NAMES`  refused until ``--mos-direction`` says which way it goes: the name does not
``mos_higher_is_better``           (``card.toml``) goes before the name of the column
``--mos-direction higher|lower``   goes before both
=================================  ===============================================================================
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from iqabench._util.errors import DataError, UserError

DIRECTIONS = ("higher", "lower")

LABEL_NAMES = re.compile(
    r"(?:(?:mean|avg|average|subjective|human|quality|raw|normali[sz]ed|z)[_ -]?)*"
    r"(?:d?mos|mean[_ -]?opinion[_ -]?scores?|opinions?|scores?|quality|ratings?|labels?|rank|elo|jod|jnd|differences?)"
    r"(?:[_ -]?(?:mean|avg|z|scores?|value))?",
    re.IGNORECASE,
)
"""Names of columns that may hold labels, in either direction."""


class LabelColumn(NamedTuple):
    """The column of labels (``mos`` where there is none) and their direction."""

    column: str
    higher: bool
    note: str = ""


def find_labels(path: Path, columns: Sequence[str], direction: str | None) -> LabelColumn:
    """Find the labels among the ``columns`` of the manifest ``path``; ``direction`` is ``--mos-direction``.

    Raises
    ------
    UserError
        For an unknown direction.
    DataError
        If no column is certainly the labels and one or more may be.
    """
    if direction is not None and direction not in DIRECTIONS:
        raise UserError(f"--mos-direction {direction}: say higher or lower, whichever means better quality")
    if "mos" in columns:
        return LabelColumn("mos", direction != "lower")
    if "dmos" in columns:
        said = (
            f"{path.name}: labels are the column 'dmos', lower is better; where it rises with quality, as KADID-10k's "
            "does, give --mos-direction higher"
        )
        return LabelColumn("dmos", direction == "higher", "" if direction else said)
    maybe = [name for name in columns if LABEL_NAMES.fullmatch(name)]
    if len(maybe) == 1 and direction is not None:
        return LabelColumn(maybe[0], direction == "higher")
    if maybe:
        listed = ", ".join(map(repr, maybe))
        raise DataError(
            f"{path}: {listed} may hold labels, and the name does not say which way they go. Name the labels 'mos' "
            "(higher is better) or 'dmos' (lower is better)"
            + (", or give --mos-direction higher|lower" if len(maybe) == 1 else "")
            + "; name what is no label otherwise"
        )
    if direction is not None:
        raise DataError(f"{path}: --mos-direction {direction}, but no column holds labels (mos, dmos)")
    return LabelColumn("mos", True)
