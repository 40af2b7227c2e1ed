"""Papers that installed distributions offer: plans of tables, printed figures, splits of data sets, evidence.

A distribution offers a module in the entry-point group ``iqabench.papers``. Each of the module's attributes ``PLANS``
(TOML files), ``PUBLISHED`` (CSV files), ``SPLITS`` (one folder for each data set) and ``EVIDENCE`` (JSON files that say
how well metrics agree with people) names a folder, and ``METHODS`` holds names of methods by the word that stands for
them. It may lack any.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from iqabench._util.errors import UserError
from iqabench._util.offers import load, offers

GROUP = "iqabench.papers"


Kind = Literal["PLANS", "PUBLISHED", "SPLITS", "EVIDENCE"]


def folders(kind: Kind) -> list[Path]:
    """Folders of one kind, of all papers, each once."""
    return list(dict.fromkeys(Path(folder) for folder in _offered(kind) if folder is not None))


def find(kind: Kind, name: str) -> Path | None:
    """The first file or folder called ``name`` in the folders of one kind; None if there is none."""
    return next((folder / name for folder in folders(kind) if (folder / name).exists()), None)


def method_groups() -> dict[str, tuple[str, ...]]:
    """Names of methods by the word that stands for them, such as the systems that one table of a paper compares."""
    return {word: tuple(names) for group in _offered("METHODS") for word, names in (group or {}).items()}


def _offered(attribute: str) -> Iterator[Any]:
    for named in offers(GROUP).values():
        for point in named:
            yield getattr(load(point, "paper", UserError), attribute, None)
