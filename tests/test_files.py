"""Writing whole files and whole lines, whatever the disk does."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqabench._util.errors import StorageError
from iqabench._util.files import append_lines, read_whole_lines, storage_error, sweep, try_lock, write_atomically


def _fail(number: int):  # type: ignore[no-untyped-def]
    def fail(file: int) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "quota"), (errno.EFBIG, "larger"), (errno.EROFS, "read-only")],
)
def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")
    monkeypatch.setattr(os, "fsync", _fail(number))
    with pytest.raises(StorageError, match=words) as caught:
        write_atomically(path, b"new")
    assert str(path) in str(caught.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_lines_that_cannot_be_appended_leave_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    append_lines(path, "one\n")
    monkeypatch.setattr(os, "fsync", _fail(errno.ENOSPC))
    with pytest.raises(StorageError):
        append_lines(path, "two\n")
    assert path.read_text() == "one\n"


@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=30)), st.binary(max_size=9000))
def test_what_a_kill_leaves_of_a_line_is_neither_read_nor_kept(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], torn: bytes
) -> None:
    path = tmp_path_factory.mktemp("lines") / "file"
    text = "".join(line + "\n" for line in lines)
    path.write_bytes(text.encode() + torn.replace(b"\n", b""))
    assert read_whole_lines(path) == text
    append_lines(path, "last\n")
    assert path.read_bytes() == (text + "last\n").encode()


def test_only_what_is_unfinished_is_swept(tmp_path: Path) -> None:
    for name in ("scores.csv", ".scores.csv.1a2b.part", "model.safetensors", "parts"):
        (tmp_path / name).write_text("")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.safetensors", "parts", "scores.csv"]


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    first = try_lock(tmp_path / "new")
    assert first is not None
    assert try_lock(tmp_path / "new") is None
    first.release()
    second = try_lock(tmp_path / "new")
    assert second is not None
    second.release()


def test_an_error_of_another_kind_keeps_its_words() -> None:
    assert "Input/output error" in str(storage_error(Path("x"), OSError(errno.EIO, os.strerror(errno.EIO))))
