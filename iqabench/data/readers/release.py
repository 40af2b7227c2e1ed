"""What a release must hold: counts, ranges and which way its labels go; a copy that differs is named or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import manifest_frame, require_files

if TYPE_CHECKING:
    import pandas as pd

NO_DEGRADED = "no degraded images in {name}: {why}. A run can show made ones: --references {made}"
NO_REFERENCE = (
    "no reference of any kind in {name}: methods that see none (NR) can be scored. Every image is a content of its "
    "own, so read the pooled columns: --columns method,srcc_pooled,plcc_pooled"
)

LEAST_SPREAD = 0.25
"""Labels of a release spread over more than this share of its range; true ones do so by far."""
JUDGED_SHARE = 0.1
"""With a smaller share of the images of a release, the spread of labels says nothing."""


@dataclass(frozen=True)
class Release:
    """A released data set: its card, and how much it holds."""

    card: Card
    contents: int
    images: int

    def dataset(
        self,
        root: Path,
        rows: Sequence[dict[str, Any]],
        *,
        require_images: bool,
        notes: Sequence[str] = (),
        **more: Any,
    ) -> Dataset:
        """The data set of ``rows``; ``more`` are further fields of :class:`~iqabench.data.base.Dataset`.

        Labels outside the range of the card are refused, other counts than those of the release are a note.
        """
        frame = manifest_frame(rows)
        if require_images:
            require_files(self.card.name, frame)
        return Dataset(card=self.card, root=root, frame=frame, notes=(*self._counts(frame), *notes), **more)

    def require_range(self, path: Path, line: int | str, mos: float) -> None:
        """Raise DataError for a label that the release cannot hold: a mirror may have scaled or turned it."""
        assert self.card.mos_range is not None
        low, high = self.card.mos_range
        if not low <= mos <= high:
            where = f", line {line}" if isinstance(line, int) else f", {line}" if line else ""
            raise DataError(
                f"{path}{where}: label {mos:g} is outside {low:g} to {high:g}, the range of {self.card.name}; these "
                "are labels on another scale, as some mirrors keep them. Take the label file of the release"
            )

    def require_spread(self, path: Path, labels: Sequence[float]) -> None:
        """Raise DataError if labels lie in a corner of the range: a mirror may have scaled them within it.

        A few images of a release may well be alike: labels of less than :data:`JUDGED_SHARE` of it are not judged.
        """
        assert self.card.mos_range is not None
        low, high = self.card.mos_range
        if not len(labels) or len(labels) < JUDGED_SHARE * self.images:
            return
        least, most = min(labels), max(labels)
        if most - least <= LEAST_SPREAD * (high - low):
            raise DataError(
                f"{path}: all {len(labels):,} labels lie between {least:g} and {most:g}; those of {self.card.name} "
                f"spread over more than a quarter of {low:g} to {high:g}, so these are labels on another scale, as "
                "some mirrors keep them. Take the label file of the release"
            )

    def require_direction(
        self,
        path: Path,
        mild: Sequence[float],
        severe: Sequence[float],
        than: tuple[str, str] = ("the mildest distortions", "the most severe ones"),
    ) -> None:
        """Raise DataError if the mildest distortions are on average rated worse than the most severe ones.

        ``than`` says what the two groups are, where they are others.
        """
        if not len(mild) or not len(severe):
            return
        gap = sum(mild) / len(mild) - sum(severe) / len(severe)
        if (gap if self.card.mos_higher_is_better else -gap) < 0:
            better = "higher" if self.card.mos_higher_is_better else "lower"
            raise DataError(
                f"{path}: {than[0]} have worse labels than {than[1]}; in {self.card.name} "
                f"{better} labels are better, so these have been turned. Take the label file of the release"
            )

    def _counts(self, frame: pd.DataFrame) -> list[str]:
        images, contents = len(frame), frame["content"].nunique()
        if (images, contents) == (self.images, self.contents):
            return []
        here, whole = counted(images, "image"), counted(self.images, "image")
        if self.contents != self.images:
            here += f" of {counted(contents, 'content')}"
            whole += f" of {counted(self.contents, 'content')}"
        return [f"{here}; the release of {self.card.name} has {whole}"]


UNKNOWN = float("nan")
