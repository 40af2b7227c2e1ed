"""A data set of several parts, some of which may be had later."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from made_sets import picture, tar_of
from sites import Sites

from iqabench._util.errors import FetchError, UserError
from iqabench._util.transfer.places import DriveFile, LocalFile
from iqabench.data.fetch import FetchRequest, fetch_dataset
from iqabench.data.fetched import read_fetched
from iqabench.data.sources import SOURCES, DataSource, Holding, SourcePart


class Silent:
    def say(self, message: str) -> None:
        """Nothing."""

    def bytes(self, what: str) -> Any:
        return nullcontext(lambda done, total: None)

    files = bytes


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    """Images, a table of labels, and references that may be missing."""
    (tmp_path / "images.tar").write_bytes(tar_of({f"top/images/{k}.png": picture(k) for k in range(3)}, "w"))
    (tmp_path / "labels.csv").write_text("image,mos\n")
    return DataSource(
        "made",
        "three images",
        "none",
        "nowhere",
        (
            SourcePart("archive", "images", (LocalFile(tmp_path / "images.tar"),), (Holding("images", 3),)),
            SourcePart("labels", "labels", (LocalFile(tmp_path / "labels.csv"),), packed=False),
            SourcePart(
                "references",
                "references",
                (LocalFile(tmp_path / "references.tar"),),
                (Holding("ref_*.png", 2),),
                folder="References",
                optional=True,
            ),
        ),
    )


def test_parts_come_together_and_an_optional_one_later(source: DataSource, tmp_path: Path) -> None:
    root = tmp_path / "set"
    (tmp_path / "references.tar").write_bytes(b"no archive")
    first = fetch_dataset(FetchRequest(source, root), Silent())
    assert first.fresh == ("archive", "labels")
    assert len(first.problems) == 1
    assert "--from references=FILE" in first.problems[0]
    assert sorted(path.name for path in root.iterdir()) == ["fetched.json", "images", "labels.csv"]

    (tmp_path / "references.tar").write_bytes(tar_of({f"any/ref_{k}.png": picture(9 + k) for k in range(2)}))
    second = fetch_dataset(FetchRequest(source, root), Silent())
    assert (second.fresh, second.problems) == (("references",), ())
    assert len(list((root / "References").glob("*.png"))) == 2
    record = read_fetched(root)
    assert record is not None
    assert [part.files for part in record.parts] == [3, 1, 2]
    assert record.digest != first.record.digest
    assert not (tmp_path / ".set.fetching").exists()


def test_an_optional_part_that_drive_does_not_know_is_told(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drive answers with a plain 404; the set is there all the same."""
    sites = Sites(tmp_path / "sites")
    for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, sites.environment(tmp_path)[name])
    given = {"references": DriveFile("nothing")}
    try:
        outcome = fetch_dataset(FetchRequest(source, tmp_path / "set", given), Silent())
    finally:
        sites.close()
    assert outcome.fresh == ("archive", "labels")
    assert "drive:nothing: the server answered without the header 'content-type'" in outcome.problems[0]


def test_a_part_that_is_needed_and_missing_leaves_no_folder(source: DataSource, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("<!DOCTYPE html>")
    with pytest.raises(FetchError, match="a web page came"):
        fetch_dataset(FetchRequest(source, tmp_path / "set"), Silent())
    assert not (tmp_path / "set").exists()


def test_another_set_in_the_folder_is_refused(source: DataSource, tmp_path: Path) -> None:
    (tmp_path / "references.tar").write_bytes(b"")
    fetch_dataset(FetchRequest(source, tmp_path / "set"), Silent())
    with pytest.raises(UserError, match="holds the fetched data set made"):
        fetch_dataset(FetchRequest(SOURCES["csiq"], tmp_path / "set"), Silent())


def test_the_table_of_sources_is_consistent() -> None:
    for source in SOURCES.values():
        assert source.terms
        assert not source.parts or not source.parts[0].optional
        names = [part.name for part in source.parts]
        assert len(set(names)) == len(names)
        for part in source.parts:
            assert part.places
            assert part.packed == bool(part.holds)
            assert bool(part.folder) == part.optional
