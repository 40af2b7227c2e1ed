"""An archive of a submission: written with the same bytes whenever and wherever, opened without trusting it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iqabench._util.errors import DataError
from iqabench._util.records import checked
from iqabench._util.transfer.unpack import unpack
from iqabench.results.files import read_json
from iqabench.verify.audit import Deviation
from iqabench.verify.submissions.record import FORMAT, SubmissionRecord

MANIFEST = "submission.json"
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


def archive_bytes(files: Mapping[str, bytes]) -> bytes:
    """``files`` by name as a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            # Not compressed: zlib and its replacements give other bytes for the same text.
            archive.writestr(entry, files[name], zipfile.ZIP_STORED)
    return stream.getvalue()


def sha256_of(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class OpenedSubmission:
    """An archive, unpacked."""

    path: Path
    folder: Path
    """Holds what the archive holds, as a folder of results."""
    digest: str
    """SHA-256 of the archive."""
    record: SubmissionRecord
    differences: list[Deviation] = field(default_factory=list)
    """Files that are not what ``submission.json`` says, are missing or too many."""


def open_archive(path: Path, folder: Path) -> OpenedSubmission:
    """Unpack ``path`` into the empty ``folder``, and compare its files with what it says of them.

    Raises
    ------
    UserError
        If it is no archive, one that leads out of the folder, or no submission.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    _require_plain(path)
    unpack(path, folder)
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise DataError(f"{path}: there is no {MANIFEST} in it; 'iqabench submit' writes archives that have one")
    where = f"{path}, {MANIFEST}"
    stated = read_json(manifest, where, todo="; ask whoever sent it for another archive")
    if stated.get("format") != FORMAT:
        raise DataError(f"{where}: format {stated.get('format')!r}, this version reads {FORMAT}")
    record = checked(SubmissionRecord, stated, where, DataError)
    opened = OpenedSubmission(path, folder, sha256_of(content), record)
    found = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }
    manifest_bytes = found.pop(MANIFEST)
    for name in sorted({*found, *record.files}):
        said = record.files.get(name, "no such file")
        has = sha256_of(found[name]) if name in found else "no such file"
        if said != has:
            opened.differences.append(Deviation(name, "file of the archive (SHA-256)", said, has))
    if not opened.differences and archive_bytes({**found, MANIFEST: manifest_bytes}) != content:
        opened.differences.append(
            Deviation(path.name, "bytes of the archive", "those that 'iqabench submit' writes", "others")
        )
    return opened


def _require_plain(path: Path) -> None:
    """Refuse before unpacking what no submission holds: compressed files, which may grow, and a name given twice."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: no zip archive, or cut off ({error}); copy it again") from error
    names: set[str] = set()
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise DataError(f"{path}: {entry.filename!r} in it is compressed, which 'iqabench submit' never does")
        if entry.filename in names:
            raise DataError(f"{path}: {entry.filename!r} is in it twice")
        names.add(entry.filename)


def manifest_of(
    files: Mapping[str, bytes], runs: list[dict[str, str]], models: Mapping[str, str], version: str
) -> bytes:
    """``submission.json`` for ``files``; ``models`` are the digests of trained models, whether in it or not."""
    digests = {name: sha256_of(content) for name, content in files.items()}
    said = {"format": FORMAT, "iqabench": version, "runs": runs, "files": digests}
    if models:
        said["models"] = dict(models)
    return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()
