"""Files that the user names: what is there stays what it is and gets the content, at every option that names one."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
import threading
from pathlib import Path

import pytest
from every_command import line, output_options

from iqabench._util.errors import StorageError
from iqabench._util.write_through import STANDARD_OUTPUT, is_file, write_through
from tests.reliability.harness.nursery import Child, Nursery

WRITERS = [(name, option) for name, option in output_options() if name != "weights import"]


def test_options_that_name_a_file_are_known() -> None:
    known = {"score": 4, "table": 1, "reproduce": 1, "report": 1, "data check": 1, "weights import": 1}
    found = output_options()
    assert {name: sum(one == name for one, _ in found) for name, _ in found}.items() >= known.items()


@pytest.mark.parametrize(("name", "option"), WRITERS)
def test_every_option_writes_through(
    nursery: Nursery,
    every: Path,
    tmp_path: Path,
    name: str,
    option: str,
) -> None:
    (tmp_path / "real").write_text("old")
    (link := tmp_path / "link").symlink_to("real")
    os.mkfifo(pipe := tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    # The contract's checks write no file.
    ladder = ("check", "--ladder", "psnr", "--contents", "1", "--size", "64")
    words = ladder if name == "check" else line(every, name)
    words = (*words, "--fail-under", "psnr=0") if option == "--junit" else words
    if option == "--record":
        archive = str(every / "recorded.zip")
        assert nursery.run(Child(line(every, "submit", "--out", archive)))[0].code == 0
        words = ("verify", archive, "--sample", "0")
    to_link, to_pipe, to_output = (nursery.run(Child((*words, option, str(place))))[0] for place in (link, pipe, "-"))
    assert (to_link.code, to_pipe.code, to_output.code) == (0, 0, 0), to_link.err + to_pipe.err + to_output.err
    reader.join(timeout=20)
    assert link.is_symlink()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    written = (tmp_path / "real").read_bytes()
    assert written != b"old"
    assert got == [written]
    # A terminal's text turns the line ends of an archive into its own.
    assert written.decode("utf-8", "surrogateescape").replace("\r", "\n") in to_output.out.replace("\r", "\n")
    assert "wrote" not in to_output.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe", "real"]


def test_a_file_keeps_its_permissions_and_a_link_that_leads_nowhere_is_filled(tmp_path: Path) -> None:
    (path := tmp_path / "file").write_text("old")
    path.chmod(0o640)
    write_through(path, "new ↑")
    assert path.read_bytes() == "new ↑".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    (link := tmp_path / "link").symlink_to("deep/er")
    write_through(link, b"\x00\xff")
    assert link.is_symlink()
    assert (tmp_path / "deep" / "er").read_bytes() == b"\x00\xff"
    write_through(tmp_path / "fresh" / "folder" / "file", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "file", "fresh", "link"]


@pytest.mark.parametrize("kind", ["folder", "loop", "in a file", "full"])
def test_what_cannot_be_written_is_one_message(tmp_path: Path, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("old")
    place = {"in a file": tmp_path / "file" / "x", "full": Path("/dev/full")}.get(kind, tmp_path / kind)
    with pytest.raises(StorageError, match=str(place)):
        write_through(place, "new")
    assert (tmp_path / "file").read_text() == "old"
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_file_whose_folder_is_closed_is_written_in_place() -> None:
    shut = Path(tempfile.mkdtemp())
    (path := shut / "file").write_text("a longer old text")
    path.chmod(0o666)
    shut.chmod(0o555)
    inode = path.stat().st_ino
    pid = os.fork()
    if not pid:
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            write_through(path, "new")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    try:
        assert (path.read_text(), path.stat().st_ino) == ("new", inode)
    finally:
        shut.chmod(0o755)
        shutil.rmtree(shut)


def test_sockets_and_open_files_are_written(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()
        write_through(place, "to a socket")
        assert server.accept()[0].recv(100) == b"to a socket"
    assert stat.S_ISSOCK(place.stat().st_mode)
    with (tmp_path / "open").open("wb", buffering=0) as file:
        file.write(b"before ")
        for name in (f"/dev/fd/{file.fileno()}", f"/proc/self/fd/{file.fileno()}"):
            write_through(Path(name), "after ")
            assert not is_file(Path(name))
    assert (tmp_path / "open").read_text() == "before after after "
    with pytest.raises(StorageError, match="Bad file descriptor"):
        write_through(Path("/dev/fd/987"), "x")


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_standard_output_by_any_name(nursery: Nursery, every: Path, tmp_path: Path, name: str) -> None:
    (link := tmp_path / "link").symlink_to("/dev/stdout")
    words = line(every, "score", "--csv", str(link) if name == "link" else name, "--output", str(tmp_path / "other"))
    (ended,) = nursery.run(Child(words))
    assert ended.code == 0, ended.err
    assert ended.out.startswith("image,")
    assert STANDARD_OUTPUT.is_symlink()
    assert link.readlink() == STANDARD_OUTPUT


def test_a_file_called_dash_can_be_named(nursery: Nursery, every: Path) -> None:
    words = line(every, "score", "--csv", f"{every}/./-")
    (ended,) = nursery.run(Child(words))
    assert (every / "-").read_text().startswith("image,"), ended.err
