"""Bring a file from a place onto this disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from iqabench._util.errors import FetchError
from iqabench._util.transfer.arrived import Arrived, ByteProgress, no_progress, require_no_page
from iqabench._util.transfer.places import HubFile, LocalFile, Place


def bring(place: Place, folder: Path, progress: ByteProgress = no_progress) -> Arrived:
    """The file of ``place``: in ``folder``, or where it lies if it is on this disk already.

    An interrupted download leaves its part in ``folder``, and the next call goes on from there.

    Raises
    ------
    FetchError
        If it cannot be had; the message says why. StorageError if it cannot be written.
    """
    if isinstance(place, LocalFile):
        require_no_page(place.path, place)
        return Arrived(place.path, str(place))
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(place, HubFile):
        from iqabench._util.transfer.hub import bring_from_hub

        return bring_from_hub(place, folder, progress)
    from iqabench._util.transfer.web import bring_from_web

    return bring_from_web(place, folder, progress)


def bring_first(places: Sequence[Place], folder: Path, progress: ByteProgress = no_progress) -> Arrived:
    """The file of the first of ``places`` that has it, each tried in a folder of its own below ``folder``.

    Raises
    ------
    FetchError
        If none has it: why, one line for each.
    """
    reasons = []
    for number, place in enumerate(places):
        try:
            return bring(place, folder / f"{number}", progress)
        except FetchError as error:
            reasons.append(str(error))
    raise FetchError("\n".join(f"  {reason}" for reason in reasons))
