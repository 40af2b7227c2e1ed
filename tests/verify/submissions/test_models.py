"""Which trained model a run scored with: an archive says it by digest, and is scored again with that one alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from inprocess import run_here
from safetensors.numpy import load_file, save_file

from tests.verify.submissions.test_archive import files_of, write


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    plugin = folder / "plugin.py"
    plugin.write_text(PLUGIN)
    words = ("--no-anchors", "--results", folder / "runs", "--plugin", plugin, "--methods", "mean-label")
    done = run_here("run", *words)
    assert done.returncode == 0, done.stderr
    for name, more in (("without", ()), ("with", ("--with-models",))):
        done = run_here("submit", folder / "runs", "--out", folder / f"{name}.zip", "--plugin", plugin, *more)
        assert done.returncode == 0, done.stderr + done.stdout
    return folder


@pytest.fixture
def made(made_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_once, tmp_path / "made")
    return tmp_path / "made"


PLUGIN = '''
import torch

from iqabench import Method, method


@method("mean-label", paradigms="NR DR", trainable=True)
class MeanLabel(Method):
    """Brightness, scaled by the mean label of what it learnt from."""

    def __init__(self) -> None:
        self.scale = torch.zeros(1)

    def fit(self, training, session):
        self.scale = torch.tensor([float(training.frame["mos"].mean())])

    def trained_state(self):
        return {"scale": self.scale}

    def load_trained_state(self, state):
        self.scale = state["scale"]

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return restored.mean((1, 2, 3)) * self.scale
'''


def model_of(made: Path) -> Path:
    return next((made / "runs" / "trained").glob("*/*/model.safetensors"))


def verify(made: Path, archive: str, *words: object) -> tuple[int, dict[str, Any], str]:
    done = run_here("verify", made / archive, "--format", "json", "--plugin", made / "plugin.py", *words)
    return done.returncode, json.loads(done.stdout) if done.returncode != 2 else {}, " ".join(done.stderr.split())


def scored_again(told: dict[str, Any]) -> int:
    return sum(run["scored_again"] for run in told["runs"])


def test_an_archive_names_the_model_and_holds_it_only_if_asked(made: Path) -> None:
    digest = hashlib.sha256(model_of(made).read_bytes()).hexdigest()
    name = model_of(made).relative_to(made / "runs").as_posix()
    for archive, held in (("without.zip", False), ("with.zip", True)):
        files = files_of(made / archive)
        assert json.loads(files["submission.json"])["models"] == {name: digest}
        assert (name in files) == held
        assert str(made).encode() not in b"".join(files.values())


def test_without_its_model_it_says_which_one_it_was(made: Path) -> None:
    code, told, _ = verify(made, "without.zip")
    assert (code, scored_again(told)) == (0, 0)
    digest = hashlib.sha256(model_of(made).read_bytes()).hexdigest()
    assert any(digest in one["why"] and "--models RESULTS" in one["why"] for one in told["unchecked"])


def test_it_is_scored_again_with_its_model(made: Path) -> None:
    for archive, words in (("with.zip", ()), ("without.zip", ("--models", made / "runs"))):
        code, told, _ = verify(made, archive, "--sample", "7", *words)
        assert (code, scored_again(told), told["differences"], told["unchecked"]) == (0, 7, [], [])


def test_another_model_is_refused(made: Path) -> None:
    model = model_of(made)
    save_file({"scale": load_file(model)["scale"] * 1.5}, model)
    code, told, _ = verify(made, "without.zip", "--models", made / "runs")
    assert (code, scored_again(told)) == (1, 0)
    assert [one["what"] for one in told["differences"]] == ["trained model (SHA-256)"]

    # Somebody who puts it into the archive and mends every digest is found by the scores.
    files = files_of(made / "with.zip")
    name = model.relative_to(made / "runs").as_posix()
    manifest = json.loads(files["submission.json"])
    write(made / "a.zip", {**files, name: model.read_bytes()})
    code, told, _ = verify(made, "a.zip", "--sample", "3")
    assert (code, told["differences"][0]["what"]) == (1, "trained model (SHA-256)")
    manifest["models"][name] = hashlib.sha256(model.read_bytes()).hexdigest()
    text = json.dumps(manifest).encode()
    write(made / "b.zip", {**files, name: model.read_bytes(), "submission.json": text})
    code, told, _ = verify(made, "b.zip", "--sample", "3")
    assert code == 1
    assert any(one["what"].startswith("score (") for one in told["differences"])


@pytest.mark.parametrize("name", ["trained/../x/model.safetensors", "../model.safetensors", "/etc/passwd"])
def test_a_name_that_leads_elsewhere_is_refused(made: Path, name: str) -> None:
    files = files_of(made / "without.zip")
    manifest = json.loads(files["submission.json"])
    manifest["models"] = {name: "0" * 64}
    write(made / "a.zip", {**files, "submission.json": json.dumps(manifest).encode()})
    code, _, message = verify(made, "a.zip", "--models", made / "runs")
    assert (code, "models" in message) == (2, True)


def test_what_is_asked_for_must_be_there(made: Path) -> None:
    code, _, message = verify(made, "without.zip", "--models", made)
    assert (code, "give the folder in which trained/ lies" in message) == (2, True)
    assert "is a folder" in verify(made, "runs", "--models", made / "runs")[2]
    model_of(made).unlink()
    words = ("submit", made / "runs", "--sample", "0", "--plugin", made / "plugin.py", "--out", made / "new.zip")
    done = run_here(*words, "--with-models")
    assert (done.returncode, "model.safetensors" in done.stderr) == (2, True)
    done = run_here(*words)
    assert (done.returncode, "cannot say which model it was" in " ".join(done.stderr.split())) == (0, True)
