"""Every Python name, variable, file and entry-point group that a page names is there, and conversely."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

from installed import CHECKOUT
from promised import PACKAGES, Text, helps, names, pages, sources

import iqabench

ROOMS = (*PACKAGES, "benchmarks", "tests", "docs", "results")
VARIABLE = re.compile(r"(?<!_)IQABENCH_[A-Z_]*[A-Z]")
"""Not ``_IQABENCH_COMPLETE``, which click makes of the command's name and reads itself."""
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
PATH = re.compile(rf"(?<![\w/.<-])((?:{'|'.join(ROOMS)})/[\w./*-]*)")
FILE = re.compile(r"`([\w/.*-]+\.(?:py|md|toml|json|csv|lock|safetensors|html)|[a-z/-]+/)`")
OF_USERS = {
    *("mine.py", "my.csv", "votes.csv", "scores.csv", "labels.csv", "metrics.csv", "card.toml", "card.json"),
    *("choices.csv", "judges.csv"),
    *("run.json", "training.json", "scores.partial.csv", "model.safetensors", "pairs.csv"),
    *("DIR/fetched.json", "config.toml", "index.html", "submission.json", "*.verified.json"),
    *("wheels/", "gpu-figures/figures.json", "table.md"),
    "results/",  # of the example of ``score``
    "results/ALGORITHM/NAME.png",
    "results/ALGORITHM/NAME.pn",
}
"""Files that a command makes, or that stand for a user's own."""


def groups() -> dict[str, dict[str, str]]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["entry-points"]


def test_every_python_name_is_there(seen: dict[str, Any]) -> None:
    assert {"iqabench.score", "iqabench.method", "ckdn.shipped.load_shipped"} <= names()
    assert [name for name in seen["missing"] if name not in groups()] == []


def test_every_public_name_is_told_of() -> None:
    assert [name for name in iqabench.__all__ if f"iqabench.{name}" not in names()] == []


def test_every_group_of_entry_points_that_is_named_is_there() -> None:
    named = {match for page in pages() for match in re.findall(r"entry-point group\s+`([\w.]+)`", page.text)}
    assert {"iqabench.methods", "iqabench.restorers", "iqabench.datasets"} <= named
    assert named <= set(groups())


def read_variables(folders: tuple[str, ...]) -> set[str]:
    """Variables whose name is a text of its own in the code, as it is where the variable is read."""
    found = set()
    for path in (path for name in folders for path in (CHECKOUT / name).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "IQABENCH_" in text:
            constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
            found |= {one for one in constants if isinstance(one, str) and VARIABLE.fullmatch(one)}
    return found


def test_variables_are_told_of_and_read() -> None:
    told = {name for text in (*pages(), *helps()) for name in VARIABLE.findall(text.text)}
    assert told <= read_variables((*PACKAGES, "benchmarks", "tests/support"))
    assert read_variables((*PACKAGES, "benchmarks")) <= told
    assert len(told) > 3


def test_every_link_leads_somewhere() -> None:
    for page in pages():
        for link in LINK.findall(page.text):
            if not link.startswith(("http:", "https:")):
                assert (CHECKOUT / page.place).parent.joinpath(link).exists(), f"{page.place}: {link}"


def test_every_file_that_is_named_is_there() -> None:
    every = {path.relative_to(CHECKOUT).as_posix() for name in ROOMS for path in (CHECKOUT / name).rglob("*.*")}
    missing = [f"{page.place}: {name}" for page in pages() for name in files_in(page) if not exists(name, page, every)]
    assert not missing, "\n".join(missing)


def files_in(page: Text) -> set[str]:
    """Paths below a folder of the checkout, and spans that are a file's name or a folder's."""
    found = {name.rstrip(".") for name in PATH.findall(page.text)} | set(FILE.findall(page.text))
    return found - OF_USERS


def exists(name: str, page: Text, every: set[str]) -> bool:
    """In the checkout, beside the page, or anywhere in the checkout by the end of its path."""
    beside = ((CHECKOUT, (CHECKOUT / page.place).parent)) if not name.startswith("/") else ()
    return any(any(folder.glob(name)) for folder in beside) or any(f"/{one}".endswith(f"/{name}") for one in every)


def test_no_module_is_overlooked() -> None:
    assert len(sources()) > 150
