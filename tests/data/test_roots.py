"""Where a data set lies is remembered, by every command, and is no part of what a run is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from manifests import write_manifest

from iqabench._util.errors import UserError
from iqabench.cli.main import cli
from iqabench.data.open import DatasetRegistry, open_dataset
from iqabench.data.roots import remembered_root, settings_file
from iqabench.reproduce.campaign import can_open


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return settings_file()


def command(*words: str | Path) -> str:
    done = CliRunner().invoke(cli, list(map(str, words)), catch_exceptions=False, standalone_mode=False)
    return done.stdout


def test_a_root_is_remembered_shown_and_forgotten(tmp_path: Path, config: Path) -> None:
    assert not can_open("manifest", None)
    assert command("data", "root") == ""
    assert str(config) in command("data", "root", "manifest", tmp_path)
    assert remembered_root("manifest") == tmp_path
    assert can_open("manifest", None)
    assert command("data", "root") == command("data", "root", "manifest") == f"manifest: {tmp_path}\n"
    command("data", "root", "manifest", "--forget")
    assert remembered_root("manifest") is None
    for words, said in (
        (["manifest"], "no root of manifest is remembered"),
        (["manifest", tmp_path / "none"], "no such file or folder"),
        (["manifest", tmp_path, "--forget"], "not both"),
        (["--forget"], "say which data set"),
    ):
        with pytest.raises(UserError, match=said):
            command("data", "root", *words)


def test_a_root_of_an_unknown_set_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no data set 'tid2031'\. Did you mean tid2013"):
        command("data", "root", "tid2031", tmp_path)
    assert remembered_root("tid2031") is None
    reader = "from iqabench import dataset\n\n@dataset('own', root='a folder')\ndef read(root):\n    pass\n"
    (tmp_path / "own.py").write_text(reader)
    command("data", "root", "own", tmp_path, "--plugin", tmp_path / "own.py")
    assert remembered_root("own") == tmp_path


def test_the_run_is_the_same_with_a_root_that_is_given_and_one_that_is_remembered(
    manifest: Path, tmp_path: Path
) -> None:
    line = ["run", "--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--results", tmp_path / "runs"]
    command(*line, "--root", manifest)
    command("data", "root", "manifest", manifest)
    command(*line)
    assert len(list((tmp_path / "runs").rglob("run.json"))) == 1
    assert "rows" in command("data", "card", "--dataset", "manifest")


def test_a_given_root_goes_before_the_remembered_one(manifest: Path, tmp_path: Path, config: Path) -> None:
    (tmp_path / "other").mkdir()
    other = write_manifest(tmp_path / "other", contents=2, algorithms=2)
    command("data", "root", "manifest", manifest)
    remembered = open_dataset("manifest")
    assert len(remembered.frame) == 36
    assert remembered.notes[-1] == f"manifest is read from {manifest}, as remembered in {config}"
    given = open_dataset("manifest", other)
    assert len(given.frame) == 4
    assert not [note for note in given.notes if "remembered" in note]


def test_a_remembered_root_that_is_gone_is_told(manifest: Path) -> None:
    command("data", "root", "manifest", manifest)
    manifest.rename(manifest.with_name("moved.csv"))
    with pytest.raises(UserError, match=r"as remembered in .*config.toml: no such file or folder; give --root, or"):
        open_dataset("manifest")


def test_without_any_root_the_message_says_how_to_get_it() -> None:
    with pytest.raises(UserError, match=r"needs --root: .*; 'iqabench data fetch pipal' gets it"):
        DatasetRegistry().open("pipal")


def test_a_damaged_file_of_settings_is_named(config: Path) -> None:
    config.parent.mkdir(parents=True)
    for text, said in (("[roots", "not a TOML file"), ("[roots]\npipal = 3", "roots.pipal must be text")):
        config.write_text(text)
        with pytest.raises(UserError, match=said) as caught:
            command("data", "root")
        assert str(config) in str(caught.value)
