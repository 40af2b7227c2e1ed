"""Digests of files, remembered between runs so that a dataset of gigabytes is hashed once."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from iqabench._util.errors import DataError

DIGEST_BYTES = 20
SETTLED_SECONDS = 2.0
"""A file younger than this is hashed but not remembered: it may still change within one tick of its clock."""

_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SCHEMA = "CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, digest TEXT)"

_SELECT = "SELECT path, size, mtime_ns, digest FROM digests WHERE path >= ? AND path < ?"
_INSERT = "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)"


class DigestCache:
    """Digests keyed by path, size and time of change, in one SQLite file; safe in threads.

    A cache that cannot be read or written is switched off for this process: it saves time, it is
    never needed. A corrupt file is replaced by an empty one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._known: dict[str, tuple[int, int, str]] = {}
        self._folders: set[str] = set()
        """Folders whose remembered digests are in ``_known``."""
        self._off = False

    def get(self, path: str, size: int, mtime_ns: int) -> str | None:
        """Return the remembered digest of exactly this state of the file, or None."""
        folder = os.path.dirname(path)  # noqa: PTH120 (a Path for each of 200,000 files takes as long as the rest)
        with self._lock:
            if folder not in self._folders:
                self._folders.add(folder)
                self._try(lambda: self._load(folder))
            known = self._known.get(path)
        return known[2] if known is not None and known[:2] == (size, mtime_ns) else None

    def put(self, path: str, size: int, mtime_ns: int, digest: str) -> None:
        """Remember the digest of one state of a file."""
        with self._lock:
            self._known[path] = (size, mtime_ns, digest)
            self._try(lambda: self._open().execute(_INSERT, (path, size, mtime_ns, digest)))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=5, check_same_thread=False, isolation_level=None)
            try:
                # Autocommit without fsync or a journal on disk: losing digests costs only their hashing.
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute("PRAGMA journal_mode=MEMORY")
                connection.execute(_SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _load(self, folder: str) -> None:
        # A folder at once, since asking one by one from many threads takes several times as long; not all that any
        # data set ever left here, which grows for ever.
        first, end = folder + os.sep, folder + chr(ord(os.sep) + 1)
        for path, size, mtime_ns, digest in self._open().execute(_SELECT, (first, end)):
            if isinstance(digest, str) and len(digest) == 2 * DIGEST_BYTES:
                self._known[path] = (size, mtime_ns, digest)

    def _try(self, action: Callable[[], object]) -> None:
        for attempt in (1, 2):
            if self._off:
                return
            try:
                action()
            except (sqlite3.Error, OSError, UnicodeError) as error:
                replaceable = attempt == 1 and getattr(error, "sqlite_errorcode", None) in _BROKEN
                self._off = not (replaceable and self._discard())
            else:
                return

    def _discard(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self.path.unlink()
        except (sqlite3.Error, OSError):
            return False
        return True


_cache: DigestCache | None = None


def _user_cache() -> DigestCache:
    global _cache
    path = _cache_path(*map(os.environ.get, ("XDG_CACHE_HOME", "HOME")))
    if _cache is None or _cache.path != path:
        _cache = DigestCache(path)
    return _cache


@cache
def _cache_path(*_: str | None) -> Path:
    """Where digests are kept, which the variables say: to find it takes longer than to look a digest up."""
    return user_cache_path("iqabench", appauthor=False) / "digests.sqlite3"


def content_digest(path: str | Path) -> str:
    """Return the BLAKE2b digest (40 hexadecimal digits) of a file's bytes.

    It is remembered in the user's cache folder until the file's size or time of change differs.

    Raises
    ------
    DataError
        If the file is missing or cannot be read.
    """
    file = Path(path)
    remembered = _user_cache()
    try:
        state = file.stat()
        key = (str(file.absolute()), state.st_size, state.st_mtime_ns)
        known = remembered.get(*key)
        if known is not None:
            return known
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=DIGEST_BYTES)).hexdigest()
    except FileNotFoundError as error:
        raise DataError(f"{file}: no such file; complete the dataset or correct the path") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: cannot be read ({error}); check the path and its permissions") from error
    if time.time() - state.st_mtime > SETTLED_SECONDS:
        remembered.put(*key, digest)
    return digest
