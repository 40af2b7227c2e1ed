"""Where a table's figures come from: an opened data set, or a results folder alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from iqabench._util.errors import SplitError, UserError
from iqabench.data.base import Card, Dataset
from iqabench.data.references import parse_reference
from iqabench.data.splits import Split, available_splits, draw_split, split_of
from iqabench.methods.contract import MethodEntry
from iqabench.reproduce.plans import Spec
from iqabench.reproduce.values import chosen_labels

ALL_ROWS = "all"
"""Name of the split of a run that scores every row."""
DRAWN_SEED = 0


@dataclass
class Source:
    """What cells can ask of the data.

    ``dataset`` is None if there are only results; ``labels`` then are those kept beside them.
    ``fingerprint`` names the one state of the data that a table may rest on.
    """

    name: str
    card: Card
    fingerprint: str
    recipe: str
    labels_of: Callable[[str], pd.DataFrame]
    """Labels of the rows that a split, given by name, scores."""
    default_split: str
    dataset: Dataset | None = None
    training_dataset: Dataset | None = None
    """What trained methods learn from; None if it is not known or there is nothing to learn from."""
    has_votes: bool = False
    trained_on_name: str | None = None
    results_splits: tuple[str, ...] = ()
    splits: dict[str, Split | None] = field(default_factory=dict)
    """Splits in use, by name; filled as cells ask for them."""
    remarks: list[str] = field(default_factory=list)
    """Sentences for the reader of the table."""

    def split_of(self, spec: Spec) -> str:
        """Name of the split that a cell is computed on.

        Raises
        ------
        SplitError
            If the plan's split is not published for the data set, and none can be drawn in its place.
        """
        wanted = spec.split
        if wanted is None:
            return self.default_split
        if self.dataset is None:
            for name in (wanted, _drawn_name(spec.drawn_share)):
                if name in self.results_splits:
                    return name
            raise SplitError(f"no result on split {wanted!r} of {self.name}")
        known = (*self.dataset.splits, *available_splits(self.card.name))
        if wanted in known or Path(wanted).is_dir():
            split = split_of(self.dataset, wanted)
        elif spec.drawn_share is not None and self.dataset.has_mos:
            split = self._drawn(spec.drawn_share)
            self._remark(
                f"Split {wanted} is not published for {self.name}: {split.name} validates on the same share of "
                f"algorithms, drawn with seed {DRAWN_SEED}, and on the contents of {self.default_split}."
            )
        else:
            raise SplitError(f"split {wanted!r} is not published for {self.name}")
        split.apply(self.dataset.frame)
        self.splits[split.name] = split
        return split.name

    def why_not(self, spec: Spec, entry: MethodEntry, reference: str, split: str) -> str:
        """Why the data cannot carry a cell; empty if it can."""
        labels = chosen_labels(self.labels_of(split), spec)
        if labels.empty:
            # A row and a column that the data themselves made may not meet; one that the plan names must be told.
            told = "this category and algorithm" if spec.algorithm else f"category {' or '.join(spec.category or ())}"
            return f"{self.name} has no image of {told} among those scored"
        statistic = spec.statistic
        if statistic == "vote_agreement":
            if not self.has_votes:
                return f"{self.name} has no votes"
        elif statistic != "mean_score" and labels["mos"].isna().any():
            return f"{self.name} has no mean opinion score for every image"
        if parse_reference(reference).paradigm not in entry.info.paradigms:
            return f"{entry.info.name} is a {'/'.join(entry.info.paradigms)} method and cannot be shown {reference!r}"
        needs = parse_reference(reference).needs
        if self.dataset is not None and needs is not None and needs not in self.dataset.references_present():
            return f"{self.name} has no {needs} image for every row, which reference {reference!r} needs"
        if entry.info.trainable and self.dataset is not None and self.training_dataset is None:
            return f"{entry.info.name} must be trained, and {self.name} has no training part; name one with --train-on"
        if entry.info.trainable and self.training_dataset is not None:
            lacking = [one for one in entry.info.training_references if one not in self._training_references()]
            if lacking:
                return f"training {entry.info.name} needs {lacking[0]} images, and {self._trains()} has none"
        return ""

    def default_reference(self, entry: MethodEntry) -> str:
        """What a method is shown where the plan does not say."""
        if self.dataset is None:
            raise UserError(f"the plan does not say what {entry.info.name} is shown; give its row a reference")
        from iqabench.runs.plan import default_reference

        return default_reference(entry, self.dataset)

    def trained_on(self, reference: str | None) -> str | None:
        """Name of the training data; with ``reference`` that of training with this made reference."""
        if reference is None or self.trained_on_name is None:
            return self.trained_on_name
        return f"{self.trained_on_name}-with-{reference}"

    def _drawn(self, share: float) -> Split:
        """A split that differs from the default one in its algorithms alone."""
        base = self.splits[self.default_split]
        if self.dataset is None or base is None:
            raise SplitError(f"{self.name} has no split to draw another from")
        drawn = draw_split(self.dataset.frame, DRAWN_SEED, algorithm_share=share, name=_drawn_name(share))
        return replace(drawn, contents=base.contents)

    def _training_references(self) -> tuple[str, ...]:
        return self.training_dataset.references_present() if self.training_dataset else ()

    def _trains(self) -> str:
        return self.training_dataset.card.name if self.training_dataset else "nothing"

    def _remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def _drawn_name(share: float | None) -> str:
    return "" if share is None else f"drawn-{share:g}"
