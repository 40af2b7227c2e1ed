"""Methods are found, suggested and reported; nothing heavy is imported for a list."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from forking import command
from layouts import pixels, write_image

from iqabench._util.errors import MethodError
from iqabench._util.offers import only
from iqabench.methods.contract import MethodEntry, MethodInfo, Paradigm, declare, method
from iqabench.methods.registry import Registry

HERE = Path(__file__).parent
PACKAGE = HERE / "plugin_package"


def test_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(MethodError, match="Did you mean psnr"):
        Registry().get("pnsr")


def test_an_alias_is_the_same_method() -> None:
    registry = Registry()
    assert registry.get("lpips-alex").info == registry.get("lpips").info
    assert [entry.info.name for entry in registry.entries(["lpips-alex", "lpips"])] == ["lpips"]


def test_plugin_file_without_method_says_what_to_write(tmp_path: Path) -> None:
    plugin = tmp_path / "empty.py"
    plugin.write_text("x = 1\n")
    with pytest.raises(MethodError, match=r"empty\.py: no method in it; put @method"):
        Registry((plugin,))


@pytest.mark.parametrize("body", ["import nowhere_to_be_found", "raise SystemExit(4)", "def broken(:"])
def test_plugin_file_that_fails_is_named(tmp_path: Path, body: str) -> None:
    plugin = tmp_path / "bad.py"
    plugin.write_text(body)
    with pytest.raises(MethodError, match=r"bad\.py cannot be imported"):
        Registry((plugin,))


def test_missing_plugin_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MethodError, match="does not exist"):
        Registry((tmp_path / "nowhere.py",))


def test_decorator_refuses_unknown_paradigm() -> None:
    with pytest.raises(MethodError, match="paradigms='XR'"):
        method("x", paradigms="XR")


def test_entry_refuses_unknown_parameter() -> None:
    entry = Registry().get("psnr")
    with pytest.raises(MethodError, match="no parameter 'colour'"):
        entry.create(colour=1)


def test_declared_method_is_imported_on_first_use() -> None:
    info = MethodInfo("later", paradigms=(Paradigm.NR,))
    entry = declare(info, "no_such_module_at_all:Thing")
    assert isinstance(entry, MethodEntry)
    with pytest.raises(ModuleNotFoundError):
        entry.create()


def test_list_methods_imports_no_torch() -> None:
    code = (
        "import sys; from iqabench.cli.main import cli;"
        "cli(['list', 'methods'], standalone_mode=False);"
        "heavy = {'torch', 'pandas', 'scipy', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ckdn" in done.stdout


@pytest.fixture(scope="module")
def installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment in which the sample distribution is installed, the real way."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not on the path; it installs the sample plugin")
    target = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(PACKAGE, source)
    command = [uv, "pip", "install", "--python", sys.executable, "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--quiet", "--target", str(target), str(source)], check=True)
    return {**os.environ, "PYTHONPATH": str(target)}


def _iqabench(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return command(*words, environment=environment)


def test_installed_plugin_is_listed_and_the_broken_one_is_named(installed_plugin: dict[str, str]) -> None:
    done = _iqabench(installed_plugin, "list", "methods", "--details")
    assert done.returncode == 0
    assert "sample-mae" in done.stdout
    assert "sample-edges" in done.stdout
    assert "sample-broken" in done.stderr
    assert "a_library_that_nobody_has_installed" in done.stderr


def test_installed_plugin_keeps_the_contract(installed_plugin: dict[str, str]) -> None:
    done = _iqabench(installed_plugin, "check", "sample-mae", "sample-edges")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("pass") == 2


def test_installed_plugin_is_run(installed_plugin: dict[str, str], tmp_path: Path) -> None:
    words = ("run", "--methods", "sample-mae,sample-edges", "--results", str(tmp_path), "--format", "json")
    done = _iqabench(installed_plugin, *words)
    assert done.returncode == 0, done.stderr
    assert '"method": "sample-mae"' in done.stdout
    assert '"method": "psnr"' in done.stdout


def test_installed_data_set_is_listed_and_scored_and_the_broken_one_is_named(
    installed_plugin: dict[str, str], tmp_path: Path
) -> None:
    listed = _iqabench(installed_plugin, "list", "datasets")
    assert listed.returncode == 0
    assert "by name. [iqabench-sample-plugin 0.3.0]" in listed.stdout
    assert "pipal" in listed.stdout
    assert "sample-broken" in listed.stderr
    assert "a_library_that_nobody_has_installed" in listed.stderr
    for folder, value in (("restored", 10), ("degraded", 20)):
        for name in ("a", "b"):
            write_image(tmp_path / folder / f"{name}.png", pixels(value))
    where = ("--dataset", "sample-pairs", "--root", str(tmp_path), "--no-anchors", "--results", str(tmp_path / "runs"))
    done = _iqabench(installed_plugin, "run", "--methods", "sample-mae", *where)
    assert done.returncode == 0, done.stderr
    assert "2 images scored" in done.stderr


def test_a_name_that_two_distributions_offer_is_refused_for_every_kind() -> None:
    points = tuple(EntryPoint("bicubic", f"{module}:BICUBIC", "iqabench.restorers") for module in ("one", "other"))
    with pytest.raises(MethodError, match=r"bicubic is offered by one:BICUBIC and other:BICUBIC"):
        only("bicubic", points, False, MethodError)
    assert only("bicubic", points, True, MethodError) is points[1]
