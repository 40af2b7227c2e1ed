"""Fetch a data set: download, unpack beside, verify, and only then move it to where it is read.

Beside the set's folder ``DIR`` lies ``.DIR.fetching`` until everything is there: an interrupted command goes on from
what is in it. Nothing is ever unpacked into ``DIR`` itself, so what is read there is whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from iqabench._util.errors import FetchError, UserError
from iqabench._util.files import LOCK_FILE, locked, storing
from iqabench._util.transfer.arrived import Arrived, ByteProgress, file_sha256
from iqabench._util.transfer.bring import bring_first
from iqabench._util.transfer.places import LocalFile, Place
from iqabench._util.transfer.room import require_room
from iqabench._util.transfer.unpack import unpack
from iqabench.data.complete import find_root, require_complete, tree_digest
from iqabench.data.fetched import FetchedData, FetchedPart, read_fetched, write_fetched
from iqabench.data.roots import unfinished_fetch
from iqabench.data.sources import DataSource, SourcePart
from iqabench.data.workers import Progress


class FetchShow(Protocol):
    """What the user sees of it."""

    def say(self, message: str) -> None:
        """One line."""

    def bytes(self, what: str) -> AbstractContextManager[ByteProgress]:
        """A bar of bytes."""

    def files(self, what: str) -> AbstractContextManager[Progress]:
        """A bar of files."""


@dataclass(frozen=True)
class FetchRequest:
    """What is fetched, and how."""

    source: DataSource
    root: Path
    """Absolute; the folder that the set will be."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Another place of a part, by its name."""
    keep: bool = False
    """Keep the archives, in ``DIR-archives``."""


@dataclass(frozen=True)
class FetchOutcome:
    """What there is now."""

    record: FetchedData
    fresh: tuple[str, ...]
    """Names of the parts that were fetched now."""
    problems: tuple[str, ...]
    """Optional parts that could not be had, and why."""


def fetch_dataset(request: FetchRequest, show: FetchShow) -> FetchOutcome:
    """Bring the parts of a data set that are not there yet.

    Raises
    ------
    FetchError
        If a part that is needed cannot be had, or is not what it should be. StorageError if there is no room.
    UserError
        If the folder holds something else already, or the set must be got by hand.
    """
    source, root = request.source, request.root
    _require_known(request)
    with storing(root):
        root.parent.mkdir(parents=True, exist_ok=True)
    staging = unfinished_fetch(root)
    with locked(staging, f"fetching {source.name}", show.say):
        record = _present(source, root)
        if record is None:
            record = _fetch_whole(request, staging, show)
            fresh = [part.name for part in record.parts]
        else:
            fresh = []
        problems = []
        for part in source.parts:
            if part.optional and part.name not in {one.name for one in record.parts}:
                try:
                    record = _fetch_more(request, part, record, staging, show)
                    fresh.append(part.name)
                except FetchError as error:
                    problems.append(_advice(request, part, str(error)))
    if not problems:
        shutil.rmtree(staging, ignore_errors=True)
    return FetchOutcome(record, tuple(fresh), tuple(problems))


def _require_known(request: FetchRequest) -> None:
    source = request.source
    names = [part.name for part in source.parts]
    if not names:
        where = f"get it from {source.page}" if source.page else "ask its authors for it"
        raise UserError(f"{source.name}: no download is known; {where}, then run: iqabench data root {source.name} DIR")
    unknown = [name for name in request.places if name not in names]
    if unknown:
        raise UserError(f"--from {unknown[0]}=...: {source.name} has no such part; it has: {', '.join(names)}")


def _present(source: DataSource, root: Path) -> FetchedData | None:
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return None
    record = read_fetched(root) if root.is_dir() else None
    if record is None or record.name != source.name:
        held = f"the fetched data set {record.name}" if record else "files that were not fetched"
        raise UserError(
            f"{root} holds {held} already; name another folder with --root, or, if {source.name} lies there, run: "
            f"iqabench data root {source.name} {root}"
        )
    return record


def _fetch_whole(request: FetchRequest, staging: Path, show: FetchShow) -> FetchedData:
    """All parts that are needed, as one folder that is moved to the root in one step."""
    source, root = request.source, request.root
    main, *more = [part for part in source.parts if not part.optional]
    archive, sha256 = _brought(request, main, staging, show)
    try:
        unpacked = _unpacked(archive, staging, show)
        inner = find_root(unpacked, main)
        show.say(f"{source.name}: counting files and reading a sample of the images")
        require_complete(inner, main, source.name)
    except FetchError as error:
        _discard(archive)
        raise FetchError(_advice(request, main, f"  {archive.origin}: {error}")) from error
    parts = [_recorded(main, archive, sha256, inner, show)]
    for part in more:
        file, sha256 = _brought(request, part, staging, show)
        with storing(inner):
            shutil.copyfile(file.path, inner / part.places[0].name)
        parts.append(_of_file(part, file, sha256))
        _put_away(request, file)
    record = FetchedData(name=source.name, parts=tuple(parts))
    write_fetched(inner, record)
    with storing(root):
        if root.exists():
            root.rmdir()
        inner.replace(root)
    _put_away(request, archive)
    return record


def _fetch_more(
    request: FetchRequest, part: SourcePart, record: FetchedData, staging: Path, show: FetchShow
) -> FetchedData:
    """One optional part, into a folder of its own below a root that is there already."""
    archive, sha256 = _bring(request, part, staging, show)
    try:
        unpacked = _unpacked(archive, staging, show)
        inner = find_root(unpacked, part)
        require_complete(inner, part, request.source.name)
    except FetchError as error:
        _discard(archive)
        raise FetchError(f"  {archive.origin}: {error}") from error
    found = _recorded(part, archive, sha256, inner, show)
    target = request.root / part.folder
    with storing(target):
        shutil.rmtree(target, ignore_errors=True)  # moved here by a command that was killed before it recorded it
        inner.replace(target)
    record = record.model_copy(update={"parts": (*record.parts, found)})
    write_fetched(request.root, record)
    _put_away(request, archive)
    return record


def _brought(request: FetchRequest, part: SourcePart, staging: Path, show: FetchShow) -> tuple[Arrived, str]:
    try:
        return _bring(request, part, staging, show)
    except FetchError as error:
        raise FetchError(_advice(request, part, str(error))) from error


def _bring(request: FetchRequest, part: SourcePart, staging: Path, show: FetchShow) -> tuple[Arrived, str]:
    """The part's file and its SHA-256; refused at once if there is no room for it and for what comes out of it."""
    given = request.places.get(part.name)
    places = part.places if given is None else (given,)
    if part.size is not None:
        require_room(staging, part.size, f"{request.source.name}, unpacked")
    with show.bytes(f"{request.source.name}: {part.what}") as shown:
        asked = False

        def progress(received: int, expected: int | None) -> None:
            nonlocal asked
            if expected is not None and not asked:
                unpacked = expected if part.packed else 0
                require_room(
                    staging, expected - received + max(unpacked, part.size or 0), f"{places[0].name}, unpacked"
                )
                asked = True
            shown(received, expected)

        file = bring_first(places, staging / part.name, progress)
    return file, file_sha256(file.path)


def _unpacked(archive: Arrived, staging: Path, show: FetchShow) -> Path:
    folder = staging / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    with show.bytes(f"unpacking {archive.path.name}") as progress:
        unpack(archive.path, folder, progress)
    return folder


def _recorded(part: SourcePart, archive: Arrived, sha256: str, inner: Path, show: FetchShow) -> FetchedPart:
    with show.files(f"digest of {part.what}") as progress:
        digest, files = tree_digest(inner, progress)
    return _part(part, archive, sha256, files, digest)


def _of_file(part: SourcePart, file: Arrived, sha256: str) -> FetchedPart:
    return _part(part, file, sha256, 1, sha256)


def _part(part: SourcePart, file: Arrived, sha256: str, files: int, digest: str) -> FetchedPart:
    day = datetime.now(UTC).date().isoformat()
    return FetchedPart(
        name=part.name,
        origin=file.origin,
        revision=file.revision,
        sha256=sha256,
        files=files,
        digest=digest,
        fetched=day,
    )


def _discard(file: Arrived) -> None:
    """Delete a download that is not what it should be, so that it is fetched anew; never a user's own file."""
    if file.origin != str(file.path):
        file.path.unlink(missing_ok=True)


def _put_away(request: FetchRequest, file: Arrived) -> None:
    """Keep the download beside the set if that is wanted; else it goes with the folder that it lies in."""
    if file.origin == str(file.path):
        return
    if request.keep:
        kept = request.root.with_name(f"{request.root.name}-archives")
        with storing(kept):
            kept.mkdir(exist_ok=True)
            file.path.replace(kept / file.path.name)
    else:
        file.path.unlink(missing_ok=True)


def _advice(request: FetchRequest, part: SourcePart, reasons: str) -> str:
    source, root = request.source, request.root
    manual = next((place.manual for place in part.places if not isinstance(place, LocalFile)), source.page)
    option = f"--from {part.name}=FILE" if part is not source.parts[0] else "--from FILE"
    download = "Download"
    if not isinstance(request.places.get(part.name), LocalFile) and _has_downloads(unfinished_fetch(root)):
        download = "What has come is kept: the same command goes on. Or download"
    return (
        f"{source.name}: {part.what} could not be fetched:\n{reasons}\n"
        f"{download} it by hand ({manual}) and run: iqabench data fetch {source.name} --root {root} {option}"
    )


def _has_downloads(staging: Path) -> bool:
    """True if a download, or some of one, is there to go on from; what came out of an archive is made anew."""
    unpacked = staging / "unpacked"
    return any(
        path.is_file() and path.stat().st_size > 0 and path.name != LOCK_FILE and unpacked not in path.parents
        for path in staging.rglob("*")
    )
