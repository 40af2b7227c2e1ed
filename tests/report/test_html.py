"""The written file: parses, asks for nothing, escapes every name, says what it must."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from iqabench._util.errors import UserError
from iqabench.render.report import render_report, report_context, write_reports
from iqabench.results.model import ResultSet

VOID = {"meta", "link", "img", "input", "br"}
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Collects elements, checks that they nest, and keeps the text of captions, scripts and cells."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((*self.open[-1], data))

    def inside(self, tag: str) -> list[str]:
        return [text for name, _, text in self.texts if name == tag]

    def find(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_table_shows_the_leaderboard(page: Page, frame: pd.DataFrame) -> None:
    cells = [a for a in page.find("td") if a.get("data-name") == "srcc"]
    assert [float(str(cell["data-value"])) for cell in cells] == frame["srcc"].tolist()
    shown = [text.strip() for tag, a, text in page.texts if tag == "td" and a.get("data-name") == "srcc"]
    assert shown == [f"{value:.4f}".replace("-", "−") for value in frame["srcc"]]


def test_the_matrix_is_folded_and_the_plot_is_not(page: Page, html: str) -> None:
    section = html.partition('id="significance"')[2].partition("</section>")[0]
    before, _, folded = section.partition("<details>")
    assert "Critical-difference plot" in before
    assert "<li>" in before
    assert "<table" not in before
    assert 'class="matrix"' in folded
    assert section.count('<line class="tick"') >= 3


def test_hostile_names_are_text(page: Page, html: str) -> None:
    assert HOSTILE not in html
    assert HOSTILE in page.inside("option")
    assert len(page.find("script")) == 2
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
    embedded = json.loads(next(t for tag, a, t in page.texts if a.get("type") == "application/json"))
    assert HOSTILE in {run["name"] for run in embedded["runs"].values()}
    assert "<b>bold</b>" not in html
    assert "<b>bold</b>" in "".join(page.inside("dd"))


def test_nothing_is_asked_of_a_network(page: Page, html: str) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value)
    assert "url(" not in html.lower()
    assert "@import" not in html
    outside = "".join(text for tag, _, text in page.texts if tag not in ("pre", "script"))
    assert not re.search(r"https?://", outside)
    assert "https://example.org/paper" in "".join(page.inside("pre"))
    policy = next(a["content"] for a in page.find("meta") if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_every_picture_has_words(page: Page) -> None:
    assert all(a.get("alt") for a in page.find("img"))
    drawings = page.find("svg")
    assert len(drawings) > 40
    assert all(a.get("aria-label") or a.get("aria-hidden") for a in drawings)
    assert all(a.get("aria-label") or a.get("aria-labelledby") for a in page.find("div") if a.get("role") == "region")


def test_every_caption_says_what_it_must(page: Page) -> None:
    captions = [text for text in page.inside("caption") if text.strip()]
    captions += [text for _, a, text in page.texts if a.get("class") == "fine"]
    assert len(captions) >= 20 + 8
    for text in captions:
        for said in (
            "Labels: human",
            "12 contents, 144 images",
            "training seed 7, split seed 3",
            "selection: ",
            "interval",
        ):
            assert said in text, text
    assert any("interval: 95 %, Student's t over contents" in text for text in captions)


def test_ids_are_unique_and_links_arrive(page: Page) -> None:
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for a in page.find("a")} <= set(ids)


def test_pseudo_labels_are_called_so(results: ResultSet) -> None:
    pseudo = replace(results, card={**results.card, "label_kind": "pseudo"}, runs=results.runs[:3])
    page = Page(render_report(report_context(pseudo)))
    captions = [text for text in page.inside("caption") if text.strip()]
    assert captions
    assert all("PSEUDO" in text for text in captions)
    assert any("PSEUDO labels" in text for text in page.inside("strong"))


def test_one_run_alone(results: ResultSet) -> None:
    alone = replace(results, runs=results.runs[:1])
    text = " ".join(Page(render_report(report_context(alone))).inside("p"))
    for sentence in (
        "a comparison needs two ranked runs",
        "it takes two runs with scores",
        "no method was run with several",
    ):
        assert sentence in text


def test_run_without_any_score_is_shown_and_explained(results: ResultSet) -> None:
    failed = results.runs[10]
    nothing = failed.scores.assign(score=float("nan"), error="out of memory")
    broken = type(failed)(meta={**failed.meta, "status": "failed"}, scores=nothing)
    page = Page(render_report(report_context(replace(results, runs=[results.runs[0], broken]))))
    assert any("144 of 144 images without a score" in text for text in page.inside("small"))


def test_thumbnails_are_embedded_once_needed(page: Page) -> None:
    embedded = json.loads(next(t for tag, a, t in page.texts if a.get("type") == "application/json"))
    used = {str(row) for rows in embedded["pairs"].values() for row in rows}
    assert set(embedded["thumbs"]) == used
    assert all(address.startswith("data:image/webp;base64,") for address in embedded["thumbs"].values())


def test_missing_and_damaged_images_are_named_and_counted(few: ResultSet, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    context = report_context(few)
    rows = context["disagreements"].used
    paths = few.labels["image"].tolist()
    (tmp_path / paths[rows[0]]).write_bytes(b"not an image")
    Image.new("RGB", (9, 9)).save(tmp_path / paths[rows[1]])
    thumbnails = report_context(few, image_root=tmp_path)["thumbnails"]
    assert set(thumbnails.made) == {rows[1]}
    assert f"{len(rows) - 2} image files were not found" in thumbnails.sentence()
    assert "1 could not be read" in thumbnails.sentence()
    assert context["thumbnails"].sentence().startswith("Names only")


def test_of_too_many_images_a_sample_is_drawn_and_embedded(results: ResultSet, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = report_context(results)
    monkeypatch.setattr("iqabench.render.report.scatter.MOST_DOTS", 1)
    monkeypatch.setattr("iqabench.render.report.scatter.FEWEST_DRAWN", 30)
    context = report_context(results)
    data, named = context["data"], set(context["disagreements"].used)
    drawn = set(context["scatter"].rows.tolist())
    assert len(drawn) == 30
    assert data["images"] == results.labels["image_id"].iloc[sorted(named | drawn)].tolist()
    for pair, rows in whole["data"]["pairs"].items():
        assert [data["images"][row] for row in data["pairs"][pair]] == [whole["data"]["images"][row] for row in rows]
    panel = context["scatter"].panels[0]
    assert sum(dots.path.count("M") for dots in panel.dots) <= 30
    assert (panel.n, panel.curve) == (whole["scatter"].panels[0].n, whole["scatter"].panels[0].curve)
    lead = next(text for text in Page(render_report(context)).inside("p") if text.startswith("Every dot"))
    assert "30 of 144 drawn at random" in " ".join(lead.split())


def test_budget_of_thumbnails_goes_to_the_best_pairs(
    few: ResultSet, image_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iqabench.render.report.thumbnails.BUDGET", 1)
    context = report_context(few, image_root=image_root)
    used = context["disagreements"].used
    assert list(context["thumbnails"].made) == used[:1]
    assert f"{len(used) - 1} further images are named only" in context["thumbnails"].sentence()


def test_neither_opinions_nor_votes(few: ResultSet) -> None:
    labels, card = few.labels.assign(mos=float("nan")), {**few.card, "label_kind": "none"}
    page = Page(render_report(report_context(replace(few, labels=labels, card=card))))
    assert any("No run is ranked" in text for text in page.inside("p"))
    assert all("Labels: none" in text for text in page.inside("caption") if text.strip())


def test_some_opinions_missing(few: ResultSet) -> None:
    labels = few.labels.copy()
    labels.loc[labels.index % 5 == 0, "mos"] = float("nan")
    context = report_context(replace(few, labels=labels))
    assert all(panel.n == int(labels["mos"].notna().sum()) for panel in context["scatter"].panels)
    assert context["data"]["labels"][0] is None
    Page(render_report(context))


def test_images_outside_the_root_are_not_read(few: ResultSet, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "secret.png")
    for name in ("../secret.png", str(tmp_path / "secret.png")):
        labels = few.labels.assign(image=name)
        context = report_context(replace(few, labels=labels), image_root=root)
        assert not context["thumbnails"].made


def test_one_file_per_set(few: ResultSet, vote_results: ResultSet, tmp_path: Path) -> None:
    one = write_reports([few], tmp_path / "deep" / "report.html")
    assert one == [tmp_path / "deep" / "report.html"]
    several = write_reports([few, vote_results], tmp_path / "all.html")
    assert [path.name for path in several] == ["all-pipal-paper.html", "all-votes-all.html"]
    other = replace(few, fingerprint="e" * 16)
    twins = write_reports([few, other], tmp_path / "twins.html")
    assert [path.name for path in twins] == ["twins-pipal-paper-ffffffff.html", "twins-pipal-paper-eeeeeeee.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["deep", *(path.name for path in (*several, *twins))]
    )


def test_root_must_fit(few: ResultSet, vote_results: ResultSet, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose one with --dataset"):
        write_reports([few, vote_results], tmp_path / "r.html", root=tmp_path)
    with pytest.raises(UserError, match="no such file or folder"):
        write_reports([few], tmp_path / "r.html", root=tmp_path / "nowhere")


def test_same_results_same_bytes(few: ResultSet, image_root: Path) -> None:
    first, second = (render_report(report_context(few, image_root=image_root)) for _ in range(2))
    assert first == second


def test_embedded_images_need_no_root(
    few: ResultSet, image_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iqabench.data.mini.mini_folder", lambda: image_root)
    (path,) = write_reports([replace(few, dataset="mini")], tmp_path / "mini.html")
    assert "data:image/webp;base64," in path.read_text(encoding="utf-8")


def test_report_needs_no_torch() -> None:
    code = "import sys, iqabench.render.report; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
