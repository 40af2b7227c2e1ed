"""The leaderboard site: what stands in one table, what is marked, what is refused, and that it loads nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from tempfile import gettempdir

import pytest
from browsing import Tab, opened_browser
from inprocess import run_here
from manifests import write_manifest

from tests.verify.submissions.conftest import Made
from tests.verify.submissions.test_archive import files_of, run_folder, write


@dataclass
class Page(HTMLParser):
    """Headings of the tables, their rows as cells ``(text, value)``, and every address."""

    titles: list[str] = field(default_factory=list)
    tables: list[list[list[tuple[str, str]]]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cell: list[str] | None = None
        self.value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [str(given[name]) for name in ("href", "src", "action") if name in given]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        if tag == "tbody":
            self.tables.append([])
        elif tag == "tr" and "tbody" in self.open:
            self.tables[-1].append([])
        elif tag in ("td", "th") and "tbody" in self.open:
            self.cell, self.value = [], str(given.get("data-value", ""))
        elif tag == "h2":
            self.titles.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append((" ".join("".join(self.cell).split()), self.value))
            self.cell = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.cell is not None:
            self.cell.append(data)
        if self.open and self.open[-1] == "h2":
            self.titles[-1] += data


def page_of(site: Path) -> Page:
    page = Page()
    page.feed((site / "index.html").read_text(encoding="utf-8"))
    assert page.open == []
    return page


@pytest.fixture
def folder(made: Made, tmp_path: Path) -> Path:
    """Archives of three people: verified, on other data, and altered."""
    (folder := tmp_path / "submissions").mkdir()
    shutil.copy(made.archive, folder / "ours.zip")
    record = folder / "ours.verified.json"
    done = run_here("verify", folder / "ours.zip", "--sample", "9", "--record", record, *made.plugin)
    assert done.returncode == 0, done.stdout
    (tmp_path / "data").mkdir()
    data = ("--dataset", "manifest", "--root", write_manifest(tmp_path / "data", contents=3, algorithms=4))
    done = run_here("run", "--methods", "psnr", "--no-anchors", *data, "--split", "", "--results", tmp_path / "theirs")
    assert done.returncode == 0, done.stderr
    done = run_here("submit", tmp_path / "theirs", "--sample", "0", "--out", folder / "theirs.zip")
    assert done.returncode == 0, done.stderr
    write(folder / "wrong.zip", {**files_of(made.archive), "mini/more.txt": b"x"}, mended=False)
    return folder


def test_the_site(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = run_here("board", folder, "--out", site, "--title", "Ours & <theirs>")
    assert done.returncode == 2
    assert "wrong.zip: refused: mini/more.txt" in " ".join(done.stderr.split())
    assert "3 tables, 4 runs of 2 archives" in done.stderr
    page = page_of(site)
    assert "Ours & <theirs>" in page.text
    assert page.titles[-1] == "Refused"
    assert [title for title in page.titles if "mini" in title] == [
        "mini, split unseen",
        "mini, split unseen, protocol sr-y-border4",
    ]
    assert len(page.tables) == 3
    methods = [[text for row in table for text, _ in row if text in ("psnr", "weighted")] for table in page.tables]
    assert sorted(map(sorted, methods)) == [["psnr"], ["psnr"], ["psnr", "weighted"]]
    marks = {row[-2][0].partition(":")[0] for table in page.tables for row in table if "ours" in row[-1][0]}
    assert marks == {"verified"}
    assert {row[-2] for table in page.tables for row in table if "theirs" in row[-1][0]} == {("not verified", "0")}
    for address in page.addresses:
        assert address.startswith(("#t", "archives/", "data:,"))
        assert not address.startswith("archives/") or (site / address).is_file()
    assert "http" not in "".join(page.addresses)
    assert sorted(path.name[:5] for path in (site / "archives").iterdir()) == ["ours-", "their"]


def test_cells_sort_by_their_figures_and_not_by_their_text(folder: Path, tmp_path: Path) -> None:
    run_here("board", folder, "--out", tmp_path / "site")
    (table,) = [one for one in page_of(tmp_path / "site").tables if len(one) == 2]
    for row in table:
        figures = [(text, value) for text, value in row[3:-2] if "[" in text]
        assert figures
        assert all(float(text.split()[0]) == pytest.approx(float(value), abs=1e-4) for text, value in figures)


def test_a_record_of_another_archive_marks_nothing(folder: Path, tmp_path: Path) -> None:
    record = folder / "ours.verified.json"
    said = json.loads(record.read_text())
    record.write_text(json.dumps(said | {"archive_sha256": "0" * 64}))
    run_here("board", folder, "--out", tmp_path / "site")
    assert {row[-2][1] for table in page_of(tmp_path / "site").tables for row in table} == {"0"}
    record.write_text(json.dumps(said | {"archive_sha256": "0"}))
    done = run_here("board", folder, "--out", tmp_path / "site")
    assert done.returncode == 2
    assert "ours.verified.json: archive_sha256" in " ".join(done.stderr.split())


def test_a_run_that_two_archives_hold_is_shown_once(made: Made, tmp_path: Path) -> None:
    (folder := tmp_path / "twice").mkdir()
    shutil.copy(made.archive, folder / "a.zip")
    words = ("--methods", "psnr", "--sample", "0", "--out", folder / "b.zip", *made.plugin)
    assert run_here("submit", made.runs, *words).returncode == 0
    done = run_here("board", folder, "--out", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("shown from a-") == 2
    assert sum(map(len, page_of(tmp_path / "site").tables)) == 3


def test_archives_that_contradict_each_other_mark_nothing_as_verified(made: Made, tmp_path: Path) -> None:
    """The one that is first by name has one altered score, its digests mended; the sample missed it."""
    files = files_of(made.archive)
    scores = f"{run_folder(files, 'psnr')}/scores.csv"
    lines = files[scores].decode().splitlines(keepends=True)
    name, score, error = lines[9].split(",")
    lines[9] = f"{name},{float(score) + 0.5!r},{error}"
    files[scores] = "".join(lines).encode()
    record = scores.replace("scores.csv", "run.json")
    meta = json.loads(files[record]) | {"scores_sha256": hashlib.sha256(files[scores]).hexdigest()}
    files[record] = (json.dumps(meta, indent=1, sort_keys=True) + "\n").encode()
    (folder := tmp_path / "two").mkdir()
    write(folder / "a.zip", files)
    shutil.copy(made.archive, folder / "b.zip")
    run_id = meta["run_id"]

    def board(*samples: str) -> tuple[int, str, set[str]]:
        for one, sample in zip("ab", samples, strict=True):
            words = ("--sample", sample, "--seed", "1", "--record", folder / f"{one}.verified.json", *made.plugin)
            run_here("verify", folder / f"{one}.zip", *words)
        done = run_here("board", folder, "--out", tmp_path / "site")
        rows = [row for table in page_of(tmp_path / "site").tables for row in table if row[1][0] == "psnr"]
        return done.returncode, " ".join(done.stderr.split()), {row[-2][0].partition(":")[0] for row in rows}

    code, said, marks = board("3", "3")
    assert (folder / "a.verified.json").exists(), "the sample drew the altered row: take another seed"
    assert (code, marks) == (2, {"contested", "verified"})
    assert f"run {run_id[:8]} is contested: a-" in said
    code, said, marks = board("3", "1000000")
    assert (code, marks) == (0, {"verified"})
    assert f"run {run_id[:8]} of psnr: shown from b-" in said


def test_a_copy_of_an_archive_is_no_news(made: Made, tmp_path: Path) -> None:
    (folder := tmp_path / "twice" / "deeper").mkdir(parents=True)
    shutil.copy(made.archive, folder / "a.zip")
    shutil.copy(made.archive, folder.parent / "a.zip")
    done = run_here("board", folder.parent, "--out", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert "shown from" not in done.stderr
    assert "of 1 archive" in done.stderr


@pytest.mark.parametrize("end", ["submission.json", "card.json", "scores.csv"])
def test_the_page_says_nothing_of_the_machine_that_made_it(made: Made, tmp_path: Path, end: str) -> None:
    files = files_of(made.archive)
    broken = next(one for one in files if one.endswith(end))
    (folder := tmp_path / "refused").mkdir()
    write(folder / "broken.zip", {**files, broken: b"[1,2"}, mended=end != "submission.json")
    pages = []
    for site in (tmp_path / "one", tmp_path / "two"):
        done = run_here("board", folder, "--out", site)
        assert done.returncode == 2
        pages.append((site / "index.html").read_text())
    assert pages[0] == pages[1]
    assert f"<strong>broken.zip</strong>: {broken}" in pages[0]
    assert gettempdir() not in pages[0]
    assert "delete the folder" not in pages[0]


def test_the_page_fits_a_phone(tmp_path: Path) -> None:
    (folder := tmp_path / "refused").mkdir()
    (folder / f"{'a-name-without-a-place-to-break' * 3}.zip").write_bytes(b"no archive")
    assert run_here("board", folder, "--out", tmp_path / "site").returncode == 2
    with opened_browser() as browser:
        tab = Tab(browser, tmp_path / "site" / "index.html", viewport={"width": 390, "height": 800})
        assert tab.page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_folder_without_archives_is_one_message(tmp_path: Path) -> None:
    done = run_here("board", tmp_path, "--out", tmp_path / "site")
    assert done.returncode == 2
    assert "there is no archive (*.zip) in it" in " ".join(done.stderr.split())
