"""Get weights over the network: as they are published, or converted from the checkpoint of a method's authors."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence

from iqabench._util.errors import FetchError, WeightsError
from iqabench._util.transfer.bring import bring
from iqabench._util.transfer.places import Place
from iqabench.weights.convert import select
from iqabench.weights.digest import bytes_digest
from iqabench.weights.fetch import Fetched, SourcesFailedError, cache_folder, fetch, store
from iqabench.weights.importers import read_checkpoint, require_named_digits
from iqabench.weights.progress import Progress, silent
from iqabench.weights.table import Weights


def obtain(weights: Weights, progress: Progress = silent, places: Sequence[Place] = ()) -> Fetched:
    """Get ``weights`` and store them in the cache; a checkpoint from ``places``, else from where it is published.

    Raises
    ------
    SourcesFailedError
        If no source gives the right tensors.
    WeightsError
        If ``places`` are given for weights that are not converted from a checkpoint.
    """
    if not weights.checkpoints:
        if places:
            raise WeightsError(f"{weights.name}: --from is for what is converted from a checkpoint; leave it out")
        return fetch(weights, progress)
    reasons = []
    for place in places or weights.checkpoints:
        try:
            return _converted(weights, place, progress)
        except (FetchError, WeightsError) as error:
            reasons.append(str(error))
    raise SourcesFailedError(reasons)


def _converted(weights: Weights, place: Place, progress: Progress) -> Fetched:
    """The checkpoint of one place, compared with the digits in its name, converted.

    An interrupted download goes on later: its part stays in the cache.
    """
    folder = cache_folder() / f".{weights.name}.fetching" / re.sub(r"[^\w.-]", "_", str(place))
    file = bring(place, folder, progress)
    require_named_digits(file.path, place)
    state = select(weights, read_checkpoint(weights.importers[0], file.path), str(place))
    fetched = store(weights, state, bytes_digest(file.path.read_bytes()), str(place))
    shutil.rmtree(folder, ignore_errors=True)
    return fetched
