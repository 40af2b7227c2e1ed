"""The house keeps its floors, and ``docs/architecture.md`` shows the house as it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("iqabench", "ckdn", "baselines", "benchmarks")
CLIMBS = re.compile(r"""["'](baselines|benchmarks)(\.[\w.]+)?["':]|["']ckdn[.:]\w|\bfiles\(["'](?!iqabench)""")
"""A string that names a package which the toolkit must not know."""


def rooms_on_disk() -> set[str]:
    """Packages and loose modules of ``iqabench``, its two entrances left out."""
    entries = (ROOT / "iqabench").iterdir()
    names = {one.stem for one in entries if one.suffix == ".py" or (one.is_dir() and (one / "__init__.py").is_file())}
    return names - {"__init__", "__main__"}


def rooms_of_page() -> list[str]:
    """Rooms of the page's table, from the top floor down."""
    return re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def floors() -> list[str]:
    """Rooms of the layers contract, from the top floor down."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one for one in settings["contracts"] if one["type"] == "layers")["layers"]
    return [name.removeprefix("iqabench.") for name in layers]


def test_imports_run_down_only() -> None:
    done = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_page_shows_every_room_in_the_order_of_its_floor() -> None:
    assert rooms_of_page() == floors()
    assert set(rooms_of_page()) == rooms_on_disk()
    assert len(rooms_on_disk()) <= 16


def test_every_room_says_what_it_is_for() -> None:
    for room in rooms_on_disk():
        said = ast.get_docstring(ast.parse((ROOT / "iqabench" / room / "__init__.py").read_text(encoding="utf-8")))
        assert said, room
        assert len(said.splitlines()) >= 3, f"{room}/__init__.py: say what enters, what leaves, what it may import"


def test_no_string_climbs_to_a_package_that_the_core_must_not_know() -> None:
    for file in (ROOT / "iqabench").rglob("*.py"):
        found = CLIMBS.search(file.read_text(encoding="utf-8"))
        assert found is None, f"{file.relative_to(ROOT)} names {found.group(0)}" if found else ""


def test_only_a_resource_of_another_package_climbs() -> None:
    assert CLIMBS.search('resources.files("benchmarks")')
    assert CLIMBS.search('files("ckdn")')
    assert not CLIMBS.search('resources.files("iqabench.data")')
    assert not CLIMBS.search('require_files("pairs", frame)')


def test_files_stay_small() -> None:
    sizes = {
        file: len(file.read_text(encoding="utf-8").splitlines())
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
    }
    ordered = sorted(sizes.values())
    assert ordered[len(ordered) // 2] < 150
    assert max(sizes.values()) <= 400, max(sizes, key=lambda file: sizes[file])


def test_no_two_classes_have_one_name() -> None:
    homes: dict[str, list[str]] = {}
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    homes.setdefault(node.name, []).append(file.relative_to(ROOT).as_posix())
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def test_commands_have_at_most_ten_parameters() -> None:
    long = [
        f"{file.name}: {node.name}"
        for file in (ROOT / "iqabench" / "cli").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and len(node.args.args) + len(node.args.kwonlyargs) > 10
    ]
    assert long == []
