"""Files below a folder: sorted, through links, without end only where there is no end."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqabench.data.walk import files_below


def made(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def below(root: Path) -> list[str]:
    return [Path(path).relative_to(root).as_posix() for path in files_below(root)]


def test_sorted_and_through_links(tmp_path: Path) -> None:
    made(tmp_path, "disk/b/2.png", "disk/a.png", "disk/b/1.png", "here/own.png")
    (tmp_path / "here" / "linked").symlink_to(tmp_path / "disk")
    (tmp_path / "here" / "again").symlink_to(tmp_path / "disk" / "b")
    (tmp_path / "here" / "file.png").symlink_to(tmp_path / "disk" / "a.png")
    (tmp_path / "here" / "broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "here" / "itself.png").symlink_to(tmp_path / "here" / "itself.png")
    assert below(tmp_path / "here") == [
        *("again/1.png", "again/2.png", "file.png"),
        *("linked/a.png", "linked/b/1.png", "linked/b/2.png", "own.png"),
    ]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    made(tmp_path, "a/1.png", "b/2.png")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "across").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "across").symlink_to(tmp_path / "a")
    assert below(tmp_path) == ["a/1.png", "a/across/2.png", "b/2.png", "b/across/1.png"]
    assert below(tmp_path / "a") == ["1.png", "across/2.png", "up/b/2.png"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert below(tmp_path / "none") == []


@pytest.mark.parametrize("name", ["a b.png", "é.png", "line\nbreak.png"])
def test_names_stay_as_they_are(name: str, tmp_path: Path) -> None:
    made(tmp_path, name)
    assert below(tmp_path) == [name]
