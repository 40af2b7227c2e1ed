from __future__ import annotations

import hashlib
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iqabench._util.errors import DataError
from iqabench.data import digests
from iqabench.data.digests import DIGEST_BYTES, DigestCache, content_digest

OLD = 1_000_000_000


def aged(path: Path, text: str, seconds: int = OLD) -> Path:
    path.write_text(text)
    os.utime(path, (seconds, seconds))
    return path


def truth(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def test_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    file = aged(tmp_path / "a", "one")
    assert content_digest(file) == truth("one") == content_digest(str(file))


def test_a_remembered_digest_is_used_and_a_change_forgets_it(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = aged(tmp_path / "a", "one")
    content_digest(file)
    planted = "0" * 40
    with sqlite3.connect(own_cache / "digests.sqlite3") as database:
        database.execute("UPDATE digests SET digest=?", (planted,))
    database.close()
    assert content_digest(file) == truth("one")
    monkeypatch.setattr(digests, "_cache", None)  # as in another process
    assert content_digest(file) == planted
    aged(file, "two", OLD + 1)
    assert content_digest(file) == truth("two")
    aged(file, "longer", OLD + 1)
    assert content_digest(file) == truth("longer")


def test_only_the_folders_that_are_asked_for_are_read(tmp_path: Path) -> None:
    before = DigestCache(tmp_path / "digests.sqlite3")
    files = [str(tmp_path / name / "a") for name in ("one", "one-more", "two")]
    for file in files:
        before.put(file, 3, OLD, truth(file))
    cache = DigestCache(tmp_path / "digests.sqlite3")
    assert cache.get(files[0], 3, OLD) == truth(files[0])
    assert set(cache._known) == {files[0]}
    assert [cache.get(file, 3, OLD) for file in files] == [truth(file) for file in files]


def test_a_file_written_just_now_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    state = file.stat()
    assert content_digest(file) == truth("one")
    file.write_text("two")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert content_digest(file) == truth("two")


def test_a_corrupt_cache_is_replaced(tmp_path: Path, own_cache: Path) -> None:
    (own_cache / "digests.sqlite3").write_bytes(b"this is no database" * 100)
    file = aged(tmp_path / "a", "one")
    assert content_digest(file) == truth("one")
    with sqlite3.connect(own_cache / "digests.sqlite3") as database:
        assert database.execute("SELECT digest FROM digests").fetchall() == [(truth("one"),)]
    database.close()


def test_a_cache_of_another_make_is_left_alone(tmp_path: Path, own_cache: Path) -> None:
    with sqlite3.connect(own_cache / "digests.sqlite3") as database:
        database.execute("CREATE TABLE digests (something TEXT)")
    database.close()
    assert content_digest(aged(tmp_path / "a", "one")) == truth("one")


def test_an_unwritable_place_does_not_matter(tmp_path: Path, own_cache: Path) -> None:
    (own_cache / "digests.sqlite3").mkdir()
    assert content_digest(aged(tmp_path / "a", "one")) == truth("one")
    blocked = aged(tmp_path / "file", "x")
    cache = DigestCache(blocked / "below" / "digests.sqlite3")
    cache.put("a", 1, 1, "0" * 40)
    assert DigestCache(cache.path).get("a", 1, 1) is None


def test_threads(tmp_path: Path) -> None:
    files = [aged(tmp_path / f"f{i}", str(i % 7)) for i in range(60)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(content_digest, files * 2)) == [truth(str(i % 7)) for i in range(60)] * 2


def test_missing_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such file"):
        content_digest(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cannot be read"):
        content_digest(tmp_path)
