"""What the comparison view shows: for each content its images, what they are called and where they are bad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from iqabench._util.text import printable
from iqabench.predict.page.cards import Gallery, RestoredCard, ShownInput
from iqabench.predict.page.heat import ContentHeat, HeatMaps
from iqabench.predict.page.pictures import Picture
from iqabench.predict.score_pairs import MethodScores


def comparison(gallery: Gallery, columns: Sequence[MethodScores], heats: HeatMaps | None) -> dict[str, Any]:
    """The data of the view's script: plain values that JSON can hold.

    Returns
    -------
    dict
        ``methods``: ``name``, ``arrow`` and ``map`` (what its heat maps show, or None). ``contents``: ``name``,
        ``width`` and ``height`` of its images, ``crop`` (left, top, width and height of the cut-out, as parts of the
        image), ``images`` and ``scales`` (by method, the values of the first and last colour, or None). An image has
        ``key`` (a style of the page, or ``card`` with a number: a card of the page), ``label``, ``crop``, and, if it is
        restored, ``scores``, ``ranks`` and ``heat`` by method, else ``keys``: its own, and those of the same file at
        the sizes of other restorations. The pictures themselves stand in the page already.
    """
    contents: dict[str, list[RestoredCard]] = {}
    for card in gallery.cards:
        if card.picture is not None:
            contents.setdefault(card.content, []).append(card)
    names = [column.name for column in columns]
    return {
        "methods": [
            {
                "name": printable(column.name),
                "arrow": column.arrow,
                "map": None if heats is None else heats.legend(column.name),
            }
            for column in columns
        ],
        "contents": [
            _content(name, cards, names, gallery.scales.get(name, {})) for name, cards in sorted(contents.items())
        ],
    }


def _content(
    name: str, cards: Sequence[RestoredCard], columns: Sequence[str], scales: dict[str, ContentHeat]
) -> dict[str, Any]:
    sizes = Counter(_size(card.picture) for card in cards)
    usual, _ = sizes.most_common(1)[0]
    first = next(card for card in cards if _size(card.picture) == usual)
    assert first.crop is not None
    partners: dict[str, dict[str, ShownInput]] = {}
    for card in (first, *cards):
        for one in card.partners.values():
            partners.setdefault(one.path, {})[one.key] = one
    return {
        "name": name,
        "width": usual[1],
        "height": usual[0],
        "crop": first.crop.part_of(usual),
        "images": [*map(_partner, partners.values()), *(_restored(card, columns) for card in cards)],
        "scales": [[scales[one].low, scales[one].high] if one in scales else None for one in columns],
    }


def _size(picture: Picture | None) -> tuple[int, int]:
    assert picture is not None
    return picture.height, picture.width


def _partner(sizes: dict[str, ShownInput]) -> dict[str, Any]:
    """A degraded or pristine image by key, at the size of the content first."""
    one = next(iter(sizes.values()))
    return {
        "key": one.key,
        "keys": list(sizes),
        "label": f"{one.kind.capitalize()}, {one.enlarged}",
        "crop": one.crop.part_of((one.picture.height, one.picture.width)),
    }


def _restored(card: RestoredCard, columns: Sequence[str]) -> dict[str, Any]:
    assert card.picture is not None
    assert card.crop is not None
    return {
        "key": f"card{card.place}",
        "label": card.algorithm or card.image,
        "crop": card.crop.part_of((card.picture.height, card.picture.width)),
        "scores": [score.text for score in card.scores],
        "ranks": [score.rank for score in card.scores],
        "heat": [card.heat.get(one) for one in columns],
    }
