"""Heat maps for the page: what the methods' maps look like, small, over the pictures; bounded in size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from rich.progress import TaskID

from iqabench._util.blame import told
from iqabench._util.errors import UserError
from iqabench._util.progress import Overview
from iqabench._util.text import agreeing, counted
from iqabench.data.images import Pixels
from iqabench.predict.maps import Mapper
from iqabench.predict.page.pictures import shown_pixels
from iqabench.predict.passes import Shown
from iqabench.predict.score_pairs import PairScores
from iqabench.render.report.thumbnails import data_address

BUDGET = 6_000_000
"""Characters that all heat maps of a page may take together."""
SIDE = 256
"""Longest side of a heat map in pixels."""
RAMP = ((255, 221, 87), (240, 96, 24), (140, 0, 70))
"""Colours from good to bad; they also become opaque, so that what is good stays as it looks."""
OPACITY = 235
"""Of the worst place, of 255."""
LIKE_THE_WORST = 99.5
"""Percentile of all values of a content that has the last colour; a single pixel does not darken all others."""


@dataclass(frozen=True)
class Restoration:
    """A restored image of a content, and what the methods were shown beside it."""

    row: int
    image: str
    partners: dict[str, str | None]
    """Paths by reference, ``degraded`` and ``pristine``."""


@dataclass(frozen=True)
class ContentHeat:
    """One method's heat maps of one content, on one scale."""

    low: float
    high: float
    """Values of the first and the last colour."""
    maps: dict[int, str]
    """Data addresses by row."""


@dataclass
class HeatMaps:
    """Makes the heat maps of all columns that have one, content by content, until the budget is spent."""

    mappers: dict[str, tuple[Mapper, str]]
    """By column: what makes its maps, and what it is shown."""
    overview: Overview
    budget: int = BUDGET
    left_out: int = 0
    interrupted: bool = False
    """True after Ctrl-C: the page is written without the rest."""
    warnings: list[str] = field(default_factory=list)
    _spent: int = 0
    _failed: set[str] = field(default_factory=set)
    _bars: dict[str, TaskID] = field(default_factory=dict)

    def begin(self, images: int) -> None:
        """Say how many images there are."""
        if images:
            self._bars = {name: self.overview.add(f"heat maps {name}", images) for name in self.mappers}

    def end(self) -> None:
        """Close the bars, and say what is not there."""
        for bar in self._bars.values():
            self.overview.end(bar, "interrupted" if self.interrupted else "done")
        if self.interrupted:
            self.warnings.append("interrupted: the page lacks heat maps that were still to come")

    def legend(self, column: str) -> str | None:
        """What the maps of a column show; None if it has none."""
        return self.mappers[column][0].tiled.map_shows if column in self.mappers else None

    def of_content(self, restorations: Sequence[Restoration]) -> dict[str, ContentHeat]:
        """Heat maps by column; a column that cannot map an image lacks it, and a warning says why, once."""
        found: dict[str, ContentHeat] = {}
        try:
            for name, (mapper, reference) in self.mappers.items():
                if self.interrupted:
                    break
                if self._spent >= self.budget:
                    self.left_out += len(restorations)
                    continue
                maps = {one.row: made for one in restorations if (made := self._map(name, mapper, reference, one))}
                if maps:
                    found[name] = self._coloured(mapper, maps)
        except KeyboardInterrupt:
            self.interrupted = True
        return found

    def _map(self, name: str, mapper: Mapper, reference: str, one: Restoration) -> Image.Image | None:
        """The map of one image, small, in the method's own values."""
        partner = one.partners.get(reference)
        made = None
        if reference == "none" or partner is not None:
            try:
                made = _made(mapper, one.image, partner if reference != "none" else None)
            except (Exception, SystemExit) as error:  # a method may fail in any way; it costs its own maps only
                if name not in self._failed:
                    self._failed.add(name)
                    why = str(error) if isinstance(error, UserError) else told(error)
                    self.warnings.append(f"{name}: an image has no heat map: {why}")
        if name in self._bars:
            self.overview.advance(self._bars[name], 1)
        return made

    def _coloured(self, mapper: Mapper, maps: dict[int, Image.Image]) -> ContentHeat:
        values = np.concatenate([np.asarray(one).ravel() for one in maps.values()])
        low = float(np.percentile(values, 100 - LIKE_THE_WORST)) if mapper.tiled.map_signed else 0.0
        high = float(np.percentile(values, LIKE_THE_WORST))
        drawn = {row: data_address(colours(np.asarray(one), low, high)) for row, one in maps.items()}
        self._spent += sum(map(len, drawn.values()))
        return ContentHeat(low, high, drawn)

    def sentence(self) -> str:
        """What was left out; empty if nothing."""
        if not self.left_out:
            return ""
        said = f"{counted(self.left_out, 'heat map')} {agreeing(self.left_out, 'are')}"
        return f"{said} left out, to keep this file small."


def heat_maps(shown: Sequence[Shown], pair_scores: PairScores, device: torch.device, overview: Overview) -> HeatMaps:
    """What makes the heat maps of the scored pairs: of the columns whose method has a map."""
    tilings = {column.name: column.tiling for column in pair_scores.columns}
    mappers = {
        one.name: (Mapper(one.method.tiled(tilings[one.name], blind=one.blind), device), one.reference)
        for one in shown
        if one.method.method.map_shows
    }
    return HeatMaps(mappers, overview)


def _made(mapper: Mapper, image: str, partner: str | None) -> Image.Image | None:
    restored = shown_pixels(image)
    shown = None if partner is None else shown_pixels(partner)
    if restored is None or (partner is not None and not _fits(shown, restored)):
        return None  # the row says why it has no score
    values = Image.fromarray(mapper.map(restored, shown, partner or ""))
    share = min(1.0, SIDE / max(values.size))
    size = [max(1, round(side * share)) for side in values.size]
    return values.resize((size[0], size[1]), Image.Resampling.BOX)


def _fits(shown: Pixels | None, restored: Pixels) -> bool:
    return shown is not None and shown.shape[0] <= restored.shape[0] and shown.shape[1] <= restored.shape[1]


def colours(values: np.ndarray, low: float, high: float) -> Image.Image:
    """Values ``(H, W)`` as colours: those at ``low`` are transparent, those at ``high`` and above have the last one."""
    share = np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros(values.shape)
    stops = np.linspace(0, 1, len(RAMP))
    planes = [np.interp(share, stops, [stop[channel] for stop in RAMP]) for channel in range(3)]
    return Image.fromarray(np.stack([*planes, OPACITY * share], axis=2).round().astype(np.uint8), "RGBA")
