"""Methods of other distributions: an edited file is another run, and no name is taken in silence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from forking import command
from manifests import write_manifest

from iqabench.methods.registry import Registry

MODULE = """from iqabench import method
from {package}.inner import GAIN

@method({name!r}, paradigms="NR")
def score(r):
    return GAIN * r.mean((1, 2, 3))
"""


def install(site: Path, name: str, points: dict[str, str], method: str) -> Path:
    """A distribution as an installer leaves it in ``site``; returns its inner module."""
    package = name.replace("-", "_")
    info = site / f"{package}-1.0.dist-info"
    for folder in (site / package, info):
        folder.mkdir(parents=True)
    (site / package / "__init__.py").write_text(MODULE.format(package=package, name=method))
    (site / package / "inner.py").write_text("GAIN = 2.0\n")
    lines = [f"{key} = {package}:{value}" for key, value in points.items()]
    (info / "entry_points.txt").write_text("[iqabench.methods]\n" + "\n".join(lines) + "\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    listed = [path.relative_to(site).as_posix() for path in sorted(site.glob(f"{package}*/**/*")) if path.is_file()]
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in [*listed, f"{info.name}/RECORD"]))
    return site / package / "inner.py"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_manifest(tmp_path_factory.mktemp("data"), contents=2, algorithms=3)


def iqabench(site: Path, *words: object) -> CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    return command(*map(str, words), environment=environment)


def test_an_edit_without_a_new_version_is_another_run(data: Path, tmp_path: Path) -> None:
    inner = install(tmp_path / "site", "third-party", {"theirs": "score"}, "theirs")
    words = ("run", "--methods", "theirs", "--no-anchors", "--dataset", "manifest", "--root", data)
    words += ("--results", tmp_path / "r", "--format", "json")
    done = [iqabench(tmp_path / "site", *words)]
    inner.write_text("GAIN = -2.0  # edited\n")
    done.append(iqabench(tmp_path / "site", *words))
    assert [one.returncode for one in done] == [0, 0], done[-1].stderr
    assert "1 run computed" in done[1].stderr
    (first,), (second,) = (json.loads(one.stdout) for one in done)
    assert first["run_id"] != second["run_id"]
    codes = [json.loads(file.read_text())["identity"]["code"] for file in tmp_path.glob("r/*/*/*/*/*/run.json")]
    assert {code["source"] for code in codes} == {"third-party 1.0"}
    assert len({code["sha256"] for code in codes}) == 2


def test_a_taken_name_is_refused_where_it_is_asked_for(data: Path, tmp_path: Path) -> None:
    image = data.parent / "c0-a0.png"
    install(tmp_path / "one", "shadowing", {"psnr": "score"}, "psnr")
    install(tmp_path / "two", "renamed", {"harmless": "score"}, "psnr")
    for site, name in ((tmp_path / "one", "psnr"), (tmp_path / "two", "harmless")):
        refused = iqabench(site, "score", image, "--method", name)
        assert refused.returncode == 2
        assert "--allow-override" in refused.stderr
        assert "iqabench" in refused.stderr
        assert "1.0" in refused.stderr
        allowed = iqabench(site, "score", image, "--method", name, "--allow-override", "--format", "json")
        assert allowed.returncode == 0, allowed.stderr
        assert "psnr is that of" in allowed.stderr
    words = ("run", "--methods", "sharpness", "--dataset", "manifest", "--root", data, "--results", tmp_path / "r")
    others = iqabench(tmp_path / "one", *words)
    assert others.returncode == 0, "what nobody asked for stops nothing"
    assert "note: psnr is offered by iqabench" in others.stderr


def test_what_is_installed_while_python_runs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook: what is registered is looked up once, and again when a folder of packages has changed."""
    (site := tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(site)
    assert "late" not in Registry().names()
    install(site, "installed-late", {"late": "score"}, "late")
    assert "late" in Registry().names()
