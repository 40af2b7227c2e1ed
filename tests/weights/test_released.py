"""The authors' checkpoint fetched from where it is published, and what ``score`` makes of it; with the real clients."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import torch
from forking import command
from manifests import write_manifest
from released_ckdn import checkpoint, made_network
from sites import Sites

from iqabench._util.errors import WeightsError
from iqabench._util.transfer.reach import in_one_line
from iqabench.weights.importers import convert_checkpoint

NAME = "CKDN_model_best-38b27dc6.pth"
REPOSITORY = "chaofengc/IQA-PyTorch-Weights"
DRIVE = "13HzxPsRWdPC_CAsbvgMgU5IG_TKPVbNe"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A checkpoint of random weights as the release's saver writes it."""
    path = tmp_path_factory.mktemp("checkpoint") / "made.pth"
    torch.save(checkpoint(made_network(3)), path)
    return path.read_bytes()


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Sites]:
    sites = Sites(tmp_path / "sites")
    yield sites
    sites.close()


@pytest.mark.slow
def test_from_the_hub_to_scores_and_a_run(sites: Sites, tmp_path: Path, content: bytes) -> None:
    digits = hashlib.sha256(content).hexdigest()[:8]
    sites.hub[f"{REPOSITORY}/made-{digits}.pth"] = content
    manifest = write_manifest(tmp_path, contents=2, algorithms=2)
    pair = (tmp_path / "c0-a0.png", tmp_path / "c0-degraded.png")

    def forked(*words: str | Path) -> CompletedProcess[str]:
        """What needs no client may fork from a process that has imported torch."""
        return command(*words, cwd=tmp_path, environment=sites.environment(tmp_path))

    before = forked("score", *pair)
    assert "ckdn: scored by ckdn-shipped" in before.stderr
    assert "give way to ckdn-released (not here: iqabench weights fetch ckdn-released)" in before.stderr

    place = f"hub:{REPOSITORY}/made-{digits}.pth"
    fetched = sites.run(tmp_path, "weights", "fetch", "ckdn-released", "--from", place)
    assert fetched.returncode == 0, fetched.stderr
    assert str(tmp_path / "cache") in fetched.stdout

    after = forked("score", *pair)
    assert "ckdn: scored by ckdn-released: CKDN with its authors' released weights, learnt from" in after.stderr
    assert "it goes before ckdn-shipped, which --method ckdn-shipped takes" in after.stderr
    assert "ckdn-released|" in after.stdout
    forced = forked("score", *pair, "--method", "ckdn-shipped")
    assert "ckdn-released" not in forced.stdout + forced.stderr

    line = ("run", "--methods", "ckdn-released", "--dataset", "manifest", "--root", manifest, "--results", "runs")
    run = forked(*line, "--references", "degraded", "--no-anchors")
    assert run.returncode == 0, run.stderr
    (stored,) = (tmp_path / "runs").rglob("ckdn-released/**/run.json")
    assert json.loads(stored.read_text())["identity"]["weights"]["ckdn-released"][:16] in fetched.stdout


def test_every_place_is_tried_and_another_file_under_its_name_is_refused(
    sites: Sites, tmp_path: Path, content: bytes
) -> None:
    """What is served has the published name, whose digits are those of the true file."""
    sites.hub[f"{REPOSITORY}/{NAME}"] = content
    sites.drive[DRIVE] = content
    done = sites.run(tmp_path, "weights", "fetch", "ckdn-released")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    reasons = [line.strip() for line in done.stderr.splitlines() if line.startswith("  ")]
    assert [reason.partition(":")[0] for reason in reasons] == ["hub", "https", "drive"]
    digest = hashlib.sha256(content).hexdigest()[:16]
    for reason in (reasons[0], reasons[2]):
        assert f"another file: its SHA-256 is {digest}..., expected 38b27dc6..." in reason
    assert "cannot be reached" in reasons[1]  # the proxy refuses all but Drive
    assert f"- https://drive.google.com/file/d/{DRIVE}/view" in done.stderr.splitlines()
    assert "and run: iqabench weights import ckdn-released FILE" in done.stderr
    assert not list((tmp_path / "cache").rglob("*.safetensors"))
    assert not [path for path in (tmp_path / "cache").rglob("*.pth") if path.is_file()]


def test_a_checkpoint_comes_from_drive_where_the_hub_has_none(sites: Sites, tmp_path: Path, content: bytes) -> None:
    sites.drive["some-id"] = content
    sites.cuts = [3 << 20]
    done = sites.run(tmp_path, "weights", "fetch", "ckdn-released", "--from", "drive:some-id")
    assert done.returncode == 0, done.stderr
    assert [one for one in sites.asked if "bytes=" in one], sites.asked
    sites.asked.clear()
    again = sites.run(tmp_path, "weights", "fetch", "ckdn-released")
    assert again.returncode == 0, again.stderr
    assert "ckdn-released: here since 20" in again.stdout
    assert sites.asked == []


def test_a_file_that_is_not_what_its_name_says_is_not_imported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"another file: its SHA-256 is .*, expected 38b27dc6.*download it again"):
        convert_checkpoint("ckdn-released", path)


def test_a_long_reason_ends_with_a_whole_word() -> None:
    assert in_one_line(ValueError("a-b-c " * 90)) == "ValueError: " + "a-b-c " * 24 + "..."


def test_all_for_a_method_names_what_it_needs(sites: Sites, tmp_path: Path) -> None:
    done = sites.run(tmp_path, "weights", "fetch", "--all-for", "lpips-squeeze,gmsd")
    assert done.returncode == 2
    assert "squeezenet-features (squeezenet_features.safetensors) could not be fetched" in done.stderr
    assert "lpips-heads-squeeze: comes with the installed package lpips" in done.stdout
    assert "gmsd: can be built" in done.stdout
