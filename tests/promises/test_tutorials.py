"""Every command and every snippet of the tutorials, run in the installed distribution in the order of the pages.

They run one after the other in one folder, as somebody does who reads on: later pages find what earlier ones computed.
A block whose first line is ``# NAME`` is the file of that name; other Python is run after all commands.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from installed import CHECKOUT, Installed, once
from manifests import write_manifest
from promised import FENCE
from synthesizing import write_photographs

from iqabench.synthesis.degradations import DEGRADATIONS
from iqabench.synthesis.recipe import Algorithm, LabelRecipe, SynthesisRecipe

pytestmark = pytest.mark.timeout(900)
"""All pages run in the first test; the others look at what each came to."""

PAGES = (
    "quick-start.md",
    "troubleshooting.md",
    "score-your-images.md",
    "add-a-metric.md",
    "train-a-metric.md",
    "add-a-data-set.md",
    "recipe.md",
    "reproduce.md",
    "for-a-paper.md",
)
NAMED = re.compile(r"# ([\w-]+\.(?:py|toml))\n")
STANDS_IN = {"--dataset pipal --root PIPAL": "--dataset mini"}
"""PIPAL is nobody's to hand on: the same plan is laid over the embedded set."""
Told = dict[str, list[CompletedProcess[str]]]


def write_inputs(folder: Path) -> None:
    """What the pages take for granted: pictures, a data set, photographs, and the results of the repository."""
    write_manifest(folder, contents=6, algorithms=6).rename(folder / "my.csv")
    for name, old in (("restored", "c0-a1"), ("degraded", "c0-degraded"), ("pristine", "c0-pristine")):
        shutil.copyfile(folder / f"{old}.png", folder / f"{name}.png")
    for content in ("c0", "c1"):
        for place, old in (
            ("restored/one", f"{content}-a1"),
            ("restored/other", f"{content}-a4"),
            ("degraded", f"{content}-degraded"),
            ("pristine", f"{content}-pristine"),
        ):
            (folder / place).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / f"{old}.png", folder / place / f"{content}.png")
    write_photographs(folder / "photos")
    (folder / "results").symlink_to(CHECKOUT / "results")


@pytest.fixture(scope="module")
def folder(shared: Path, installed: Installed) -> Path:
    """Where the pages were followed; ``told.json`` beside it says what each line came to."""

    def follow(folder: Path) -> None:
        folder.mkdir()
        write_inputs(folder)
        pages = {page: read(text_of(page)) for page in PAGES}
        for _, _, files in pages.values():
            for name, content in files.items():
                (folder / name).write_text(content, encoding="utf-8")
        lines = [shlex.split(line) for commands, _, _ in pages.values() for line in commands]
        done = iter(installed.drive(lines, cwd=folder, XDG_CACHE_HOME=str(folder.with_name("tutorial-cache"))))
        told = {page: [vars(next(done)) for _ in commands] for page, (commands, _, _) in pages.items()}
        folder.with_name("told.json").write_text(json.dumps(told))

    return once(shared, "tutorials", follow)


@pytest.fixture(scope="module")
def told(folder: Path) -> Told:
    """What each line of each page came to."""
    kept = json.loads(folder.with_name("told.json").read_text())
    return {page: [CompletedProcess(**one) for one in lines] for page, lines in kept.items()}


@pytest.mark.parametrize("page", PAGES)
def test_commands_do_what_the_page_says(page: str, folder: Path, told: Told) -> None:
    assert told[page]
    for done in told[page]:
        assert done.returncode == 0, f"{shlex.join(done.args)}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        for name in re.findall(r"--(?:output|csv|html|junit) (\S+)", shlex.join(done.args)):
            assert (folder / name).stat().st_size, name


@pytest.mark.parametrize("page", [page for page in PAGES if page == "quick-start.md"])
def test_programs_print_something(page: str, folder: Path, installed: Installed) -> None:
    _, programs, _ = read(text_of(page))
    assert programs
    for program in programs:
        done = installed.run("python", "-P", "-c", program, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert done.stdout


def text_of(page: str) -> str:
    """The Markdown of a page."""
    return (CHECKOUT / "docs" / page).read_text(encoding="utf-8")


def read(text: str) -> tuple[list[str], list[str], dict[str, str]]:
    """The command lines of a page, its programs, and the files that it shows, by name."""
    lines: list[str] = []
    programs: list[str] = []
    files: dict[str, str] = {}
    for language, block in FENCE.findall(text):
        if found := NAMED.match(block):
            files[found[1]] = block
        elif language == "python":
            programs.append(block)
        elif not language:
            lines += [line.removeprefix("iqabench ") for line in _commands(block)]
    return lines, programs, files


def _commands(block: str) -> list[str]:
    for words, instead in STANDS_IN.items():
        block = block.replace(words, instead)
    return [line for line in block.replace("\\\n", " ").splitlines() if line.startswith("iqabench ")]


def test_every_tutorial_of_the_site_is_run() -> None:
    """But those that show no command in a block of its own, and every program is one of a page that is."""
    nav = (CHECKOUT / "mkdocs.yml").read_text(encoding="utf-8")
    section = nav.partition("- Tutorials:")[2].partition("- How to:")[0]
    named = re.findall(r": ([\w-]+\.md)", section)
    assert len(named) >= 10
    found = {page: read(text_of(page)) for page in (*named, *PAGES)}
    assert {page for page, (lines, _, _) in found.items() if lines} == set(PAGES)
    assert {page for page, (_, programs, _) in found.items() if programs} == {"quick-start.md"}


def test_the_recipe_page_names_every_key_and_degradation() -> None:
    rows = "\n".join(line.split("|")[1] for line in text_of("recipe.md").splitlines() if line.startswith("|"))
    told = set(re.findall(r"`(\w+)`", rows)) - {"on"}
    keys = {
        field.alias or name
        for model in (SynthesisRecipe, LabelRecipe, Algorithm)
        for name, field in model.model_fields.items()
    } - {"on"}
    assert keys <= told
    assert told - keys == set(DEGRADATIONS)
