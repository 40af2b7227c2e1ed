"""One digest of everything in a dataset that a score or a statistic may depend on."""

from __future__ import annotations

import hashlib

from iqabench.data.base import RATING_COLUMNS, VOTE_COLUMNS, Dataset
from iqabench.data.frames import PATH_COLUMNS
from iqabench.data.images import content_digest
from iqabench.data.workers import Progress, for_each_file

LABELS = ("content", "algorithm", "category", "task", "mos")


def fingerprint(dataset: Dataset, progress: Progress | None = None) -> str:
    """Return the BLAKE2b digest (32 hexadecimal digits) of a dataset's images, labels, votes and ratings.

    Files enter by their bytes and rows by their ``image_id``, so two copies of a dataset agree wherever
    they lie and, for PIPAL, in whichever of its layouts. Prose of the card does not enter; what its
    labels mean does.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.
    """
    frame = dataset.frame
    paths = [path for column in PATH_COLUMNS for path in frame[column] if isinstance(path, str)]
    digests = for_each_file(paths, content_digest, progress)
    card = dataset.card
    lines = [repr(("card", card.label_kind, card.label_version, card.mos_higher_is_better, card.mos_range))]
    for row in frame.sort_values("image_id").to_dict("records"):
        files = [digests.get(row[column]) for column in PATH_COLUMNS]
        lines.append(repr(("row", row["image_id"], *files, *(row[column] for column in LABELS))))
    if dataset.votes is not None:
        votes = dataset.votes[list(VOTE_COLUMNS)].itertuples(index=False, name=None)
        lines.extend(sorted(repr(("vote", *vote)) for vote in votes))
    if dataset.ratings is not None:
        ratings = dataset.ratings[list(RATING_COLUMNS)].itertuples(index=False, name=None)
        lines.extend(sorted(repr(("rating", *rating)) for rating in ratings))
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
