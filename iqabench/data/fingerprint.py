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
    card_line = repr(("card", card.label_kind, card.label_version, card.mos_higher_is_better, card.mos_range))
    digest = hashlib.blake2b(card_line.encode(), digest_size=16)
    ordered = frame.sort_values("image_id")
    columns = (ordered[name].tolist() for name in ("image_id", *PATH_COLUMNS, *LABELS))
    for image_id, *cells in zip(*columns, strict=True):
        files, labels = cells[: len(PATH_COLUMNS)], cells[len(PATH_COLUMNS) :]
        digest.update(f"\n{('row', image_id, *map(digests.get, files), *labels)!r}".encode())
    for kind, table, names in (("vote", dataset.votes, VOTE_COLUMNS), ("rating", dataset.ratings, RATING_COLUMNS)):
        if table is not None:
            rows = table[list(names)].itertuples(index=False, name=None)
            for line in sorted(repr((kind, *row)) for row in rows):
                digest.update(f"\n{line}".encode())
    return digest.hexdigest()
