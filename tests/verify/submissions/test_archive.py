"""An archive of results: what it holds and does not, and what of an altered one is found."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from inprocess import run_here
from spoiling import other_digit

from iqabench.results.signature import signature
from iqabench.results.store import digest
from iqabench.verify.submissions.archive import archive_bytes
from iqabench.verify.submissions.contents import cleaned
from tests.verify.submissions.conftest import Made

Files = dict[str, bytes]


def test_a_part_of_a_folder_of_results_is_named_as_such(tmp_path: Path) -> None:
    results = Path(__file__).resolve().parents[3] / "results"
    for part in (results / "mini", results / "mini" / "unseen"):
        done = run_here("submit", part, "--out", tmp_path / "x.zip")
        assert done.returncode == 2
        assert f"is a part of a folder of results; give the whole, {results}, and --d" in " ".join(done.stderr.split())


def files_of(archive: Path) -> Files:
    with zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def write(archive: Path, files: Files, *, mended: bool = True) -> None:
    """An archive of ``files``; if ``mended``, with a ``submission.json`` that fits them."""
    if mended:
        rest = {name: content for name, content in files.items() if name != "submission.json"}
        manifest = json.loads(files["submission.json"])
        manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in rest.items()}
        records = {name.rpartition("/")[0]: json.loads(rest[name]) for name in rest if name.endswith("/run.json")}
        manifest["runs"] = [
            {"folder": where, "run_id": meta["run_id"], "signature": meta["signature"]}
            for where, meta in sorted(records.items())
        ]
        files = {**rest, "submission.json": (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()}
    archive.write_bytes(archive_bytes(files))


def run_folder(files: Files, method: str, *, protocol: bool = False) -> str:
    """The folder of a run within the archive."""
    for name, content in files.items():
        wanted = f"/{method}/" in name and name.endswith("run.json")
        if wanted and ("protocol" in json.loads(content)["identity"]) == protocol:
            return name.rpartition("/")[0]
    raise AssertionError(method)


def changed(files: Files, where: str, change: Callable[[dict[str, Any]], None]) -> Files:
    """The run of ``where`` with another record, its id, signature and folder mended by somebody who knows all rules."""
    meta = json.loads(files[f"{where}/run.json"])
    change(meta)
    meta["run_id"] = digest(meta["identity"])
    meta["signature"] = signature(meta)
    moved = f"{where.rpartition('/')[0]}/{meta['run_id']}"
    rest = {name: content for name, content in files.items() if not name.startswith(where)}
    text = (json.dumps(meta, indent=1, sort_keys=True) + "\n").encode()
    return {**rest, f"{moved}/run.json": text, f"{moved}/scores.csv": files[f"{where}/scores.csv"]}


def verify(made: Made, archive: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = run_here("verify", archive, "--format", "json", *made.plugin, *words)
    return done.returncode, json.loads(done.stdout) if done.returncode != 2 else {}, done.stderr


def found(told: dict[str, Any], where: str, what: str) -> bool:
    return any(where in one["where"] and what in one["what"] for one in told["differences"])


def test_an_honest_archive_holds_with_another_number_of_threads(made: Made) -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2 if threads == 1 else 1)
        code, told, _ = verify(made, made.archive, "--sample", "1000", "--batch-size", "3")
    finally:
        torch.set_num_threads(threads)
    assert (code, told["verdict"], told["differences"], told["unchecked"]) == (0, "holds", [], [])
    assert sum(run["scored_again"] for run in told["runs"]) == 3 * 88


def test_the_same_results_give_the_same_bytes(made: Made) -> None:
    os.utime(next(made.runs.rglob("scores.csv")), (1, 1))
    done = run_here("submit", made.runs, "--out", made.folder / "again.zip", "--sample", "0", *made.plugin)
    assert done.returncode == 0, done.stderr
    assert (made.folder / "again.zip").read_bytes() == made.archive.read_bytes()


def test_it_holds_neither_images_nor_models_nor_names_of_the_machine(made: Made) -> None:
    files = files_of(made.archive)
    kinds = {"submission.json", "run.json", "scores.csv", "card.json", "labels.csv", "ratings.csv", "votes.csv"}
    assert {name.rpartition("/")[2] for name in files} <= kinds
    text = b"".join(files.values()).decode()
    for name in (str(made.folder), str(Path.home()), platform.node()):
        assert name not in text
    assert not re.search(r'"[^"]*/(home|tmp|root|work)/', text)


def test_notes_lose_paths_and_names_and_keep_addresses() -> None:
    notes = [f"read from /data/{getpass.getuser()}/x/mine.py", "see https://example.org/a/b", "lr-x2/lr-x4 and 1/255"]
    user = getpass.getuser()
    notes += [f"made by {user} on {platform.node()}"]
    kept = cleaned({"notes": notes})["notes"]
    assert kept[:3] == ["read from mine.py", "see https://example.org/a/b", "lr-x2/lr-x4 and 1/255"]
    assert kept[3] == "made by USER on HOST"


def test_a_score_that_was_altered_is_found(made: Made) -> None:
    files = files_of(made.archive)
    where = run_folder(files, "weighted")
    lines = files[f"{where}/scores.csv"].decode().splitlines(keepends=True)
    lines[20] = other_digit(lines[20])
    spoiled = {**files, f"{where}/scores.csv": "".join(lines).encode()}
    write(made.folder / "a.zip", spoiled, mended=False)
    code, told, _ = verify(made, made.folder / "a.zip", "--sample", "0")
    assert code == 1
    assert found(told, f"{where}/scores.csv", "file of the archive")

    meta = json.loads(spoiled[f"{where}/run.json"])
    meta["scores_sha256"] = hashlib.sha256(spoiled[f"{where}/scores.csv"]).hexdigest()
    spoiled[f"{where}/run.json"] = (json.dumps(meta, indent=1, sort_keys=True) + "\n").encode()
    write(made.folder / "b.zip", spoiled)
    code, told, _ = verify(made, made.folder / "b.zip", "--sample", "1000")
    assert code == 1
    assert found(told, f"{where}/scores.csv, {lines[20].partition(',')[0]}", "score")


def test_an_altered_protocol_is_found(made: Made) -> None:
    files = files_of(made.archive)
    where = run_folder(files, "psnr", protocol=True)

    def other_rules(meta: dict[str, Any]) -> None:
        meta["identity"]["protocol"]["border"] = 2

    write(made.folder / "a.zip", changed(files, where, other_rules))
    code, told, _ = verify(made, made.folder / "a.zip", "--sample", "0")
    assert code == 1
    assert any("its rules have the digest" in one["found"] for one in told["differences"])

    def other_name(meta: dict[str, Any]) -> None:
        meta["identity"]["protocol"] = {**meta["identity"]["protocol"], "name": "paper-288"}

    write(made.folder / "b.zip", changed(files, where, other_name))
    assert verify(made, made.folder / "b.zip", "--sample", "0")[0] == 1

    def none(meta: dict[str, Any]) -> None:
        del meta["identity"]["protocol"]
        meta["identity"]["method"] = meta["method"]["name"] = "psnr"

    without = changed({name: one for name, one in files.items() if run_folder(files, "psnr") not in name}, where, none)
    write(made.folder / "c.zip", without)
    code, told, _ = verify(made, made.folder / "c.zip", "--sample", "50")
    assert code == 1
    assert found(told, "psnr/", "score")


def test_another_weights_file_is_found(made: Made) -> None:
    (made.folder / "toy.weights").write_text("0.2 0.3 0.5\n")
    code, told, _ = verify(made, made.archive)
    assert code == 1
    assert found(told, "weighted/", "identity.weights.toy")


def test_files_that_are_missing_or_too_many_are_found(made: Made) -> None:
    files = files_of(made.archive)
    where = run_folder(files, "weighted")
    write(made.folder / "a.zip", {**files, "mini/notes.txt": b"more"}, mended=False)
    code, told, _ = verify(made, made.folder / "a.zip", "--sample", "0")
    assert code == 1
    assert found(told, "mini/notes.txt", "file of the archive")
    less = {name: content for name, content in files.items() if not name.startswith(where)}
    write(made.folder / "b.zip", less, mended=False)
    code, told, _ = verify(made, made.folder / "b.zip", "--sample", "0")
    assert code == 1
    assert found(told, f"{where}/run.json", "file of the archive")


@pytest.mark.parametrize(
    ("name", "said"),
    [("../out.txt", "leads out of its folder"), ("/etc/x", "leads out of its folder"), ("C:\\x", "leads out")],
)
def test_names_that_lead_out_are_refused(made: Made, name: str, said: str) -> None:
    write(made.folder / "a.zip", {**files_of(made.archive), name: b"x"}, mended=False)
    code, _, message = verify(made, made.folder / "a.zip")
    assert code == 2
    assert said in " ".join(message.split())


def test_archives_that_may_grow_or_are_none_are_refused(made: Made) -> None:
    with zipfile.ZipFile(made.folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("submission.json", "0" * 10_000_000)
    with zipfile.ZipFile(made.folder / "b.zip", "w") as packed:
        packed.writestr("mini/x", "x")
    (made.folder / "c.zip").write_bytes(made.archive.read_bytes()[:5000])
    (made.folder / "d.zip").write_bytes(made.archive.read_bytes() + b"more")
    said = {"a": "is compressed", "b": "there is no submission.json", "c": "cut off"}
    for name, words in said.items():
        code, _, message = verify(made, made.folder / f"{name}.zip")
        assert (code, words in " ".join(message.split())) == (2, True), message
    assert verify(made, made.folder / "d.zip", "--sample", "0")[0] == 1


def test_runs_that_are_not_finished_are_refused_by_name(made: Made) -> None:
    run = next(made.runs.glob("mini/unseen/weighted/*/*/run.json"))
    meta = json.loads(run.read_text()) | {"status": "partial", "n_scored": 87}
    run.write_text(json.dumps(meta))
    words = ("submit", made.runs, "--out", made.folder / "new.zip", "--sample", "0", *made.plugin)
    done = run_here(*words)
    assert done.returncode == 2
    assert (
        "the run of weighted (degraded) on mini, split unseen, is not finished (partial, 87 of 88 images)"
        in " ".join(done.stderr.split())
    )
    assert not (made.folder / "new.zip").exists()


def test_runs_that_are_not_what_they_say_are_refused(made: Made) -> None:
    run = next(made.runs.glob("mini/unseen/weighted/*/*/run.json")).parent
    lines = (run / "scores.csv").read_text().splitlines(keepends=True)
    lines[9] = other_digit(lines[9])
    (run / "scores.csv").write_text("".join(lines))
    done = run_here("submit", made.runs, "--out", made.folder / "new.zip", "--sample", "0", *made.plugin)
    assert done.returncode == 1
    assert "DIFFERS mini/unseen/weighted" in done.stdout
    assert not (made.folder / "new.zip").exists()


def test_only_its_own_runs_and_tables_that_show_them_are_verified(made: Made) -> None:
    table = made.runs / "psnr.csv"
    words = ("--results", made.runs, "--protocol", "none", "--methods", "psnr", "--format", "csv", "--output", table)
    done = run_here("table", *words)
    assert done.returncode == 0, done.stderr
    honest = table.read_text()
    table.write_text(honest.replace("0.2215909", "0.4215909"))
    assert table.read_text() != honest
    for name, code in (("weighted", 0), ("psnr", 1)):
        words = ("--methods", name, "--sample", "1", *made.plugin)
        done = run_here("submit", made.runs, "--out", made.folder / f"{name}.zip", *words)
        assert (done.returncode, "psnr.csv" in done.stdout) == (code, bool(code)), done.stdout + done.stderr


def test_a_record_is_of_archives_in_which_nothing_differs(made: Made) -> None:
    record = made.folder / "a.verified.json"
    assert verify(made, made.archive, "--sample", "6", "--seed", "4", "--record", str(record))[0] == 0
    said = json.loads(record.read_text())
    assert said["archive_sha256"] == hashlib.sha256(made.archive.read_bytes()).hexdigest()
    assert (said["archive"], said["sample"], said["seed"], len(said["runs"])) == ("honest.zip", 6, 4, 3)
    assert {run["scored_again"] for run in said["runs"].values()} == {2}
    write(made.folder / "b.zip", {**files_of(made.archive), "mini/notes.txt": b"more"}, mended=False)
    other = made.folder / "b.verified.json"
    assert verify(made, made.folder / "b.zip", "--sample", "0", "--record", str(other))[0] == 1
    assert not other.exists()
    done = run_here("verify", made.runs, "--record", other)
    assert done.returncode == 2
    assert "is a folder" in done.stderr
