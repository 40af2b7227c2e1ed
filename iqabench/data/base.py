"""The one shape that every dataset takes: a manifest frame, a card and a fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from iqabench._util.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MANIFEST_COLUMNS = (
    "image_id",
    "image",
    "degraded",
    "pristine",
    "content",
    "algorithm",
    "category",
    "task",
    "mos",
)
"""Columns of a manifest frame, one row per restored image, sorted by ``image_id``.

``image_id`` unique name that never changes with the machine; ``image``, ``degraded``, ``pristine``
absolute paths (``None`` where there is none); ``content``, ``algorithm``, ``category``, ``task``
strings (``""`` where unknown); ``mos`` float (NaN where unknown).
"""

VOTE_COLUMNS = ("content", "image_id_a", "image_id_b", "votes_a", "votes_b")
"""Columns of a vote frame: how many people chose a, how many chose b, of two images of one content."""

RATING_COLUMNS = ("image_id", "deviation", "judges")
"""Columns of a rating frame: how far the judges of an image disagree (the standard deviation of their ratings, on the
scale of MOS), and how many they were; NaN where unknown."""

CHOICE_COLUMNS = ("judge", "content", "image_id_a", "image_id_b", "choice")
"""Columns of a choice frame: what one judge said of two images of one content, ``a``, ``b`` or ``similar``."""

LabelKind = Literal["human", "pseudo", "none"]
LABEL_KINDS: tuple[str, ...] = get_args(LabelKind)
LabelScope = Literal["content", "set", ""]
LABEL_SCOPES: tuple[str, ...] = get_args(LabelScope)


@dataclass(frozen=True)
class Card:
    """What a reader must know of a dataset before believing a number computed on it."""

    name: str
    version: str = "1"
    label_kind: str = "human"
    """``human``, ``pseudo`` (computed by metrics) or ``none``."""
    label_version: str = "1"
    label_scope: str = ""
    """What labels can be compared within: ``content`` (the images of one content only, as PIPAL's Elo scores), ``set``
    (all images), or empty where that is not known."""
    mos_higher_is_better: bool = True
    mos_range: tuple[float, float] | None = None
    """Values of MOS that training maps to 0 and 1; on PIPAL (900, 1900), so (MOS - 900) / 1000."""
    licence: str = "unknown"
    citation: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if self.label_kind not in LABEL_KINDS:
            raise DataError(f"card of {self.name}: label_kind {self.label_kind!r}; use one of {', '.join(LABEL_KINDS)}")
        if self.label_scope not in LABEL_SCOPES:
            raise DataError(f"card of {self.name}: label_scope {self.label_scope!r}; use content, set or nothing")

    def as_dict(self) -> dict[str, Any]:
        """The card as plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Dataset:
    """Restored images with their references and labels.

    ``frame`` has exactly :data:`MANIFEST_COLUMNS`; ``votes`` has :data:`VOTE_COLUMNS` or is None.
    ``ratings`` has :data:`RATING_COLUMNS` and ``choices`` :data:`CHOICE_COLUMNS`, or they are None: what the release
    says of its judges beside the mean. ``notes`` are sentences that the user should see ("no degraded references found;
    ...").
    ``default_split`` names the split used when none is asked for (None: score every row, no training).
    ``left_out`` are files and folders of images that have no row on purpose: checks do not call them surplus.
    ``splits`` are splits that only the files of the data set state: part (``train``, ``validate``) by content, by name.
    """

    card: Card
    root: Path
    frame: pd.DataFrame
    votes: pd.DataFrame | None = None
    notes: tuple[str, ...] = field(default=())
    default_split: str | None = None
    left_out: tuple[str, ...] = field(default=())
    splits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ratings: pd.DataFrame | None = None
    choices: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        missing = [column for column in MANIFEST_COLUMNS if column not in self.frame.columns]
        if missing:
            raise DataError(f"dataset {self.card.name}: the manifest lacks the columns {', '.join(missing)}")
        strange = [name for name in self.frame["image_id"] if not (name and name.isprintable())]
        if strange:
            raise DataError(
                f"dataset {self.card.name}: image id {strange[0]!r} is empty or holds control characters; "
                "rename the file"
            )
        repeated = self.frame["image_id"][self.frame["image_id"].duplicated()]
        if len(repeated):
            raise DataError(f"dataset {self.card.name}: image id {repeated.iloc[0]!r} appears twice")

    @property
    def has_mos(self) -> bool:
        """True if every row carries a mean opinion score."""
        return bool(self.frame["mos"].notna().all()) and len(self.frame) > 0

    def references_present(self) -> tuple[str, ...]:
        """Which of ``degraded`` and ``pristine`` every row has a path for."""
        return tuple(name for name in ("degraded", "pristine") if self.frame[name].notna().all())
