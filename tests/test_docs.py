"""The documentation site builds without a warning: every link and every name that it documents is there."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import iqabench
from ckdn.variants import CITATION

ROOT = Path(__file__).resolve().parents[1]


def test_the_site_builds_and_documents_what_users_import(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "reference" / "index.html").read_text(encoding="utf-8")
    shown = set(iqabench.__all__) - {"__version__"}
    assert {name for name in shown if f".{name}" not in page} == set()


def test_the_package_is_cited_by_its_description() -> None:
    title = re.findall(r'^title: "iqabench: (.+)"$', (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert title == [project["description"].removesuffix(".")]


def test_the_paper_is_cited_with_its_authors() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8").partition("references:")[2]
    named = re.findall(r"family-names: (.+)\n +given-names: (.+)", text)
    (line,) = re.findall(r"author += \{(.+)\}", CITATION)
    assert [f"{family}, {given}" for family, given in named] == line.split(" and ")
