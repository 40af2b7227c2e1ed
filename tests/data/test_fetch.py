"""``iqabench data fetch`` with the real clients, against servers on the loopback address."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from forking import COMMAND, Fork
from made_sets import csiq, sriqa_bench, tar_of, zip_of
from sites import NOBODY, Sites

from iqabench._util.errors import UserError
from iqabench.cli.main import cli
from iqabench.data.as_fetched import changed_parts

HUB = "datasets/chaofengc/IQA-PyTorch-Datasets"
CSIQ = f"{HUB}/csiq.tgz"
DRIVE = "1LhtLNDl6Jxwi6CPPVjX2_w4zIDRLFfbO"
KEPT = "What has come is kept: the same command goes on."
PADDING = random.Random(5).randbytes(24 << 20)
"""The hub's client writes 10 MiB at once: what is smaller has nothing to go on from."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return csiq()


@pytest.fixture(scope="module")
def archive(files: dict[str, bytes]) -> bytes:
    return tar_of(files)


@pytest.fixture
def sites(tmp_path: Path, archive: bytes) -> Iterator[Sites]:
    sites = Sites(tmp_path / "sites", hub={CSIQ: archive})
    yield sites
    sites.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def refused(sites: Sites, home: Path, *words: str, **variables: str) -> str:
    """The message of a command that must fail cleanly and leave nothing to be read."""
    done = sites.run(home, "data", "fetch", *words, "--root", "here/set", "--accept", **variables)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "here" / "set").exists()
    return done.stderr


def test_from_an_empty_home_to_a_set_that_is_remembered(sites: Sites, home: Path, files: dict[str, bytes]) -> None:
    asked = sites.run(home, "data", "fetch", "csiq")
    assert asked.returncode == 2
    assert "terms: " in asked.stderr
    assert "add --accept, once" in asked.stderr
    assert sites.asked == []

    done = sites.run(home, "data", "fetch", "csiq", "--root", "sets/csiq", "--accept")
    assert done.returncode == 0, done.stderr
    root = home / "sets" / "csiq"
    assert {path.relative_to(root).as_posix() for path in root.rglob("*.*")} == {
        name.removeprefix("CSIQ/") for name in files
    } | {"fetched.json"}
    assert [path.name for path in root.parent.iterdir()] == ["csiq"]  # neither archive nor work folder is left
    sites.asked.clear()

    again = sites.run(home, "data", "fetch", "csiq")
    assert again.returncode == 0, again.stderr
    assert "there since" in again.stdout
    assert not [one for one in sites.asked if "csiq" in one]
    mine = home / "mine.tgz"
    mine.touch()
    ignored = sites.run(home, "data", "fetch", "csiq", "--from", str(mine))
    assert ignored.returncode == 0, ignored.stderr
    assert f"csiq archive: there already, so {mine} was not read" in ignored.stderr
    assert str(root) in sites.run(home, "data", "root").stdout
    listed = sites.run(home, "data", "list").stdout.splitlines()
    assert f"here:  csiq in {root}" in listed
    assert any(line.startswith("terms: ") and "csiq" in line for line in listed)


def test_two_people_have_the_same_digest_wherever_it_came_from(
    sites: Sites, home: Path, files: dict[str, bytes], tmp_path: Path
) -> None:
    by_hand = tmp_path / "another name.zip"
    by_hand.write_bytes(zip_of({name.removeprefix("CSIQ/"): content for name, content in files.items()}))
    records = []
    for number, words in enumerate(([], ["--from", str(by_hand), "--keep"])):
        root = home / f"root{number}"
        done = sites.run(home, "data", "fetch", "csiq", "--root", str(root), "--accept", *words)
        assert done.returncode == 0, done.stderr
        (part,) = json.loads((root / "fetched.json").read_text())["parts"]
        records.append(part)
    assert records[0]["digest"] == records[1]["digest"]
    assert records[0]["sha256"] != records[1]["sha256"]
    assert (records[0]["origin"], records[1]["origin"]) == (f"hub:{CSIQ}", str(by_hand))
    assert by_hand.exists()


def test_a_fetched_set_that_was_edited_is_named(sites: Sites, home: Path) -> None:
    assert sites.run(home, "data", "fetch", "csiq", "--root", "set", "--accept").returncode == 0
    assert list(changed_parts(home / "set")) == []
    labels = home / "set" / "csiq_label.txt"
    labels.write_text(labels.read_text() + "\n")
    ((part, said),) = changed_parts(home / "set")
    assert (part, said) == (
        "archive",
        "csiq is not as it was fetched: images and labels changed since (names or bytes differ)",
    )
    (home / "set" / "more.txt").touch()
    assert "changed since (" in next(changed_parts(home / "set"))[1]
    checked = sites.run(home, "data", "check", "--dataset", "csiq", "--root", "set")
    assert "csiq is not as it was fetched" in " ".join(checked.stdout.split())
    card = sites.run(home, "data", "card", "--dataset", "csiq", "--root", "set")
    assert "digest of all files, as fetched" in card.stdout


def test_a_killed_download_from_the_hub_goes_on(sites: Sites, home: Path, files: dict[str, bytes]) -> None:
    sites.hub[CSIQ] = tar_of(files | {"CSIQ/more.bin": PADDING}, "w")
    sites.cuts, sites.slow = [random.randrange(11 << 20, 20 << 20)], True
    process = sites.begin(home, "data", "fetch", "csiq", "--root", "here/set", "--accept")
    _end(sites, process, home, signal.SIGKILL, 10 << 20)
    assert not (home / "here" / "set").exists()
    _goes_on(sites, home, "csiq")


def test_an_interrupted_download_from_drive_goes_on(sites: Sites, home: Path) -> None:
    sites.drive[DRIVE] = zip_of(sriqa_bench() | {"SRIQA-Bench/more.bin": PADDING[: 4 << 20]})
    sites.cuts, sites.slow = [random.randrange(1 << 20, 4 << 20)], True
    process = sites.begin(home, "data", "fetch", "sriqa-bench", "--root", "here/set", "--accept")
    _end(sites, process, home, signal.SIGINT, 1 << 19)
    _goes_on(sites, home, "sriqa-bench", "--keep")
    assert (home / "here" / "set-archives" / "sriqa-bench.archive").read_bytes() == sites.drive[DRIVE]


def _end(sites: Sites, process: Fork, home: Path, number: signal.Signals, least: int) -> None:
    """Signal the command once ``least`` bytes have been written."""
    assert sites.sent.wait(60)
    for _ in range(6000):
        parts = list((home / "here").rglob("*.part"))
        if parts and parts[0].stat().st_size >= least:
            break
        assert process.running
        time.sleep(0.005)
    process.send_signal(number)
    assert process.wait(60) == (130 if number == signal.SIGINT else -number)


def _goes_on(sites: Sites, home: Path, name: str, *words: str) -> None:
    """The same command fetches the rest alone."""
    sites.asked.clear()
    sites.slow = False
    done = sites.run(home, "data", "fetch", name, "--root", "here/set", *words)
    assert done.returncode == 0, done.stderr
    assert [one for one in sites.asked if "bytes=" in one and not one.endswith("bytes=0-")], sites.asked


def test_a_broken_connection_goes_on_within_one_command(sites: Sites, home: Path, files: dict[str, bytes]) -> None:
    sites.hub[CSIQ] = tar_of(files | {"CSIQ/more.bin": PADDING}, "w")
    sites.cuts = [12 << 20, 5000]
    done = sites.run(home, "data", "fetch", "csiq", "--accept")
    assert done.returncode == 0, done.stderr
    assert [one.rpartition(" ")[2] for one in sites.asked if "bytes=" in one] == [f"bytes={10 << 20}-"] * 2


def test_another_file_than_the_hub_states_is_refused(sites: Sites, home: Path, archive: bytes) -> None:
    sites.stated[CSIQ] = "0" * 64, len(archive)
    message = refused(sites, home, "csiq")
    assert "another file" in message
    assert KEPT not in message
    assert "huggingface.co/datasets/chaofengc/IQA-PyTorch-Datasets/resolve/main/csiq.tgz" in message
    sites.stated.clear()
    assert sites.run(home, "data", "fetch", "csiq", "--root", "here/set").returncode == 0


def test_what_is_said_to_be_kept_is_kept(sites: Sites, home: Path) -> None:
    sites.drive[DRIVE] = PADDING[: 1 << 20]
    sites.cuts = [1 << 19, 5000, 5000]
    assert KEPT in refused(sites, home, "sriqa-bench")
    half = refused(sites, home, "sriqa-bench")
    assert "neither a tar nor a zip" in half
    assert KEPT not in half


def test_a_page_in_place_of_a_file_is_told(sites: Sites, home: Path) -> None:
    sites.web["/login.tgz"] = b"<!DOCTYPE html><html>Please log in</html>"
    message = refused(sites, home, "csiq", "--from", f"{sites.address}/login.tgz")
    assert "a web page came" in message
    assert KEPT not in message
    sites.drive[DRIVE] = b""
    assert "too many downloads today" in refused(sites, home, "sriqa-bench")
    sites.gated.add(CSIQ)
    assert "it wants a login" in refused(sites, home, "csiq")


def test_a_plain_404_of_drive_is_told(sites: Sites, home: Path) -> None:
    """It says nothing of its content, which gdown takes for granted."""
    assert "https://drive.google.com/file/d/" in refused(sites, home, "sriqa-bench").splitlines()[-2]


def test_no_network_and_a_proxy_that_refuses(sites: Sites, home: Path) -> None:
    assert "cannot be reached" in refused(sites, home, "csiq", HF_ENDPOINT=NOBODY)
    assert "cannot be reached" in refused(sites, home, "sriqa-bench", HTTPS_PROXY=NOBODY)


def test_what_is_larger_than_the_disk_is_not_begun(sites: Sites, home: Path) -> None:
    sites.stated[CSIQ] = "0" * 64, 10**15
    message = refused(sites, home, "csiq")
    assert "2000000.0 GB" in message
    assert "make room" in message
    assert not [one for one in sites.asked if one.startswith("GET /cdn/")]


def test_a_disk_that_fills_up_costs_nothing(sites: Sites, home: Path, files: dict[str, bytes]) -> None:
    """A limit of the size of files stands for the disk."""
    sites.hub[CSIQ] = tar_of(files | {"CSIQ/more.bin": PADDING}, "w")
    done = subprocess.run(
        [COMMAND, "data", "fetch", "csiq", "--root", "here/set", "--accept"],
        cwd=home,
        env=sites.environment(home),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (15 << 20, 15 << 20)),
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    _goes_on(sites, home, "csiq")


def test_an_archive_that_is_whole_is_not_downloaded_again(sites: Sites, home: Path, files: dict[str, bytes]) -> None:
    """It came, and then there was no room for what is in it."""
    sites.hub[CSIQ] = tar_of(files | {"CSIQ/more.bin": bytes(20 << 20)})
    done = subprocess.run(
        [COMMAND, "data", "fetch", "csiq", "--root", "here/set", "--accept"],
        cwd=home,
        env=sites.environment(home),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (15 << 20, 15 << 20)),
    )
    assert done.returncode == 2, done.stderr
    assert "more.bin cannot be written" in done.stderr
    sites.asked.clear()
    done = sites.run(home, "data", "fetch", "csiq", "--root", "here/set")
    assert done.returncode == 0, done.stderr
    assert not [one for one in sites.asked if one.startswith("GET /cdn/")]


def in_this_process(home: Path, patch: pytest.MonkeyPatch, *words: str) -> str:
    """The message of a command that must fail cleanly; it needs no server, so it need not begin with nothing."""
    patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    patch.chdir(home)
    line = ["data", "fetch", *words, "--root", "here/set", "--accept"]
    with pytest.raises(UserError) as caught:
        CliRunner().invoke(cli, line, catch_exceptions=False, standalone_mode=False)
    assert not (home / "here" / "set").exists()
    return str(caught.value)


def test_what_is_in_the_archive_must_be_the_set(
    home: Path, tmp_path: Path, archive: bytes, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = dict(files)
    del missing["CSIQ/dst_imgs/blur/c03.blur.2.png"]
    broken = {name: b"\x89PNG\r\n\x1a\n" if name.endswith(".png") else content for name, content in files.items()}
    outside = files | {"CSIQ/../../../../../escaped.png": b"x"}
    for content, said in (
        (archive[: len(archive) // 2], "cut off"),
        (b"no archive", "neither a tar nor a zip"),
        (tar_of({"LIVE/refimgs/a.bmp": b"x"}), "no folder in it holds dst_imgs, src_imgs; it holds LIVE"),
        (tar_of(missing, "w"), "dst_imgs holds 865 images, expected 866"),
        (tar_of(broken, "w"), "is damaged"),
        (tar_of(outside, "w"), "leads out of its folder"),
    ):
        given = tmp_path / "given"
        given.write_bytes(content)
        message = in_this_process(home, monkeypatch, "csiq", "--from", str(given))
        assert said in message
        assert KEPT not in message
        assert given.exists()
    assert not list(tmp_path.rglob("escaped.png"))


def test_names_and_parts_are_checked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, said in (
        (["nonsense"], "no source is known"),
        (["qads"], "no download is known"),
        (["csiq", "--from", "labels=drive:abc"], "has no such part"),
        (["csiq", "--from", "nowhere.tgz"], "no such file"),
        (["csiq", "--from", "hub:owner"], "write it as hub:"),
    ):
        assert said in in_this_process(home, monkeypatch, *words)


def test_a_folder_that_holds_something_else_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    (home / "mine").mkdir()
    (home / "mine" / "file").touch()
    line = ["data", "fetch", "csiq", "--root", str(home / "mine"), "--accept"]
    with pytest.raises(UserError, match="iqabench data root csiq"):
        CliRunner().invoke(cli, line, catch_exceptions=False, standalone_mode=False)
    assert [path.name for path in (home / "mine").iterdir()] == ["file"]
