"""The workflow of the docs, its commands run as a runner runs them, but for those that install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from forked_program import search_path

from tests.verify.submissions.conftest import Made
from tests.verify.submissions.test_archive import files_of, write

WORKFLOW = Path(__file__).resolve().parents[3] / "docs" / "examples" / "leaderboard.yml"


def commands(job: str) -> list[str]:
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"][job]["steps"]
    return [step["run"] for step in steps if "run" in step and "pip install" not in step["run"]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of submissions, without any."""
    (repository := tmp_path / "repository").mkdir()
    monkeypatch.chdir(repository)
    (repository / "README.md").write_text("ours\n")
    git("init", "--quiet")
    commit()
    return repository


def git(*words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *identity, *words], check=True, capture_output=True, text=True).stdout.strip()


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "one")


def run(script: str, base: str = "", path: str = "") -> subprocess.CompletedProcess[str]:
    path = path or f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "BASE": base}
    return subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)


def test_a_pull_request_adds_archives_and_nothing_else(repository: Path, made: Made) -> None:
    base = git("rev-parse", "HEAD")
    only_archives, _ = commands("verify")
    (repository / "submissions").mkdir()
    shutil.copy(made.archive, repository / "submissions" / "ours.zip")
    commit()
    done = run(only_archives, base)
    assert (done.returncode, done.stdout) == (0, "")
    for path, text in (("submissions/ours.verified.json", "{}"), ("README.md", "theirs"), ("submissions/a b.zip", "")):
        (repository / path).write_text(text)
        commit()
        done = run(only_archives, base)
        assert (done.returncode, "change nothing else" in done.stdout) == (1, True)
        git("reset", "--hard", "--quiet", "HEAD~1")


def test_a_link_is_no_archive(repository: Path, made: Made) -> None:
    base = git("rev-parse", "HEAD")
    only_archives, _ = commands("verify")
    (repository / "submissions").mkdir()
    (repository / "submissions" / "ours.zip").symlink_to(made.archive)
    commit()
    done = run(only_archives, base)
    assert (done.returncode, "no links" in done.stdout) == (1, True)


def test_an_archive_that_does_not_hold_fails(repository: Path, made: Made) -> None:
    base = git("rev-parse", "HEAD")
    _, verify = commands("verify")
    (repository / "submissions").mkdir()
    write(repository / "submissions" / "ours.zip", {**files_of(made.archive), "mini/more.txt": b"x"}, mended=False)
    commit()
    done = run(verify, base)
    assert done.returncode == 1
    assert "DIFFERS mini/more.txt" in done.stdout


def test_the_site_is_published_with_marks(repository: Path, made: Made, tmp_path: Path) -> None:
    (publish,) = commands("publish")
    (repository / "submissions").mkdir()
    files = {name: content for name, content in files_of(made.archive).items() if "/weighted/" not in name}
    write(repository / "submissions" / "ours.zip", files)
    (repository / "submissions" / "broken.zip").write_text("no archive")
    done = run(publish, path=search_path(tmp_path / "programs"))
    assert done.returncode == 0, done.stderr
    page = (repository / "site" / "index.html").read_text()
    assert "verified: 25 of 88 images scored again" in page
    assert "broken.zip" in page
