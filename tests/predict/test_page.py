"""The page in a real browser: it renders, sorts, filters and compares, by mouse and by keyboard, without a request."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from browsing import Tab, opened_browser
from PIL import Image

from iqabench._util.devices import Machine
from iqabench._util.progress import Overview
from iqabench.methods.registry import Registry
from iqabench.predict.loaded import prepare_methods
from iqabench.predict.page import heat_maps, render_scores
from iqabench.predict.page.crops import at
from iqabench.predict.page.pictures import BUDGET, SIDES, Pictures
from iqabench.predict.pairs import pair_images
from iqabench.predict.passes import what_is_shown
from iqabench.predict.score_pairs import PairScores, score_pairs


def judged(restored: Path, degraded: Path | None) -> PairScores:
    overview = Overview(quiet=True)
    methods = prepare_methods(["psnr", "sharpness"] if degraded else ["sharpness"], Registry(), {}, None, overview)
    pairs = pair_images(str(restored), None if degraded is None else str(degraded))
    return score_pairs(pairs, methods.ready, Machine(), None, overview)


def with_maps(found: PairScores) -> str:
    overview = Overview(quiet=True)
    names = [column.name for column in found.columns]
    shown, _ = what_is_shown(prepare_methods(names, Registry(), {}, None, overview).ready, ["degraded"])
    return render_scores(found, overview, heat_maps(shown, found, torch.device("cpu"), overview))


@pytest.fixture(scope="module")
def judgement(new_place: Callable[[], Path]) -> PairScores:
    place = new_place()
    bad = place / "restored" / "sharp" / "chelsea.png"
    bad.write_bytes(bad.read_bytes()[:300])
    return judged(place / "restored", place / "degraded")


@pytest.fixture(scope="module")
def file(judgement: PairScores, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "scores.html"
    path.write_text(with_maps(judgement), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened_browser() as opened:
        yield opened


class Page(Tab):
    """What the tests ask of the page."""

    def names(self) -> list[str]:
        """Of the cards that are shown, in order."""
        return self.page.locator("#cards .card:not([hidden])").evaluate_all(
            "cards => cards.map((card) => card.dataset.name)"
        )


@pytest.fixture
def tab(browser: Any, file: Path) -> Iterator[Page]:
    with Page.clean(browser, file, viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def best_first(judgement: PairScores, name: str) -> list[str]:
    column = next(column for column in judgement.columns if column.name == name)
    order = (-column.sign * judgement.scores[name]).sort_values(kind="stable", na_position="last").index
    return judgement.frame.loc[order, "image_id"].tolist()


def test_sorting_with_what_is_missing_last(tab: Page, judgement: PairScores) -> None:
    assert [name.split("/")[1] for name in tab.names()] == ["astronaut.png"] * 3 + ["chelsea.png"] * 3
    tab.page.locator("#sort").select_option(label="psnr")
    assert tab.names() == best_first(judgement, "psnr")
    tab.page.locator("#sort").select_option(label="sharpness")
    assert tab.names() == best_first(judgement, "sharpness")
    tab.page.get_by_role("button", name="Worst first").click()
    *known, missing = best_first(judgement, "sharpness")
    assert missing == "sharp/chelsea.png"
    assert tab.names() == [*reversed(known), missing]
    tab.page.locator("#sort").select_option(label="content, then psnr")
    assert [name.split("/")[1] for name in tab.names()] == ["astronaut.png"] * 3 + ["chelsea.png"] * 3


def test_filters(tab: Page) -> None:
    tab.page.locator("#content").select_option(label="chelsea")
    assert {name.split("/")[1] for name in tab.names()} == {"chelsea.png"}
    assert tab.page.locator("#shown").inner_text() == "3 of 6 images"
    tab.page.locator("#algorithm").select_option(label="blur")
    assert tab.names() == ["blur/chelsea.png"]
    tab.page.locator("#find").fill("astro")
    assert tab.names() == []
    assert tab.page.get_by_text("No image fits these choices.").is_visible()


def test_pictures_are_there_side_by_side_and_closer(tab: Page) -> None:
    card = tab.page.locator(".card").first
    left, right = (card.locator(".view").nth(i).bounding_box() for i in (0, 1))
    assert left["x"] + left["width"] <= right["x"]
    assert left["height"] == pytest.approx(right["height"], abs=1)
    assert tab.page.locator(".view img.far").evaluate_all("all => all.every((one) => one.naturalWidth === 96)")
    shown = "(view) => getComputedStyle(view).backgroundImage.slice(0, 30)"
    assert card.locator(".view.degraded").evaluate(shown).startswith('url("data:image/webp')
    assert card.locator("img.near").is_visible()
    assert not card.locator("img.far").is_visible()
    tab.page.locator("#far").click()
    assert card.locator("img.far").is_visible()
    assert not card.locator("img.near").is_visible()


def variable(tab: Page, name: str, element: str = "#stage") -> float:
    return float(tab.page.locator(element).evaluate(f"(one) => getComputedStyle(one).getPropertyValue('--{name}')"))


def test_a_card_opens_the_comparison_and_keys_work_in_it(tab: Page) -> None:
    tab.page.locator('.card[data-name="blur/astronaut.png"] .flip').click()
    assert tab.page.evaluate("document.activeElement.id") == "stage"
    assert tab.page.locator("#tag-left").inner_text().startswith("Degraded")
    assert tab.page.locator("#tag-right").inner_text() == "blur"
    assert tab.page.locator("#panes .pane").count() == 4
    before = variable(tab, "x")
    tab.page.keyboard.press("+")
    tab.page.keyboard.press("+")  # wider than the stage
    tab.page.keyboard.press("ArrowLeft")
    assert variable(tab, "x") < before
    assert variable(tab, "x", "#panes") == variable(tab, "x")
    tab.page.keyboard.press("Space")
    assert tab.page.locator("#divider").input_value() == "100"
    assert not tab.page.locator("#tag-right").is_visible()
    tab.page.keyboard.press("n")
    assert tab.page.locator("#scene").evaluate("(one) => one.selectedOptions[0].label") == "chelsea"


def test_zoom_reaches_single_pixels_in_all_pictures(tab: Page) -> None:
    for _ in range(12):
        tab.page.locator("#zoom-in").click()
    assert variable(tab, "zoom") == 64
    rendering = "(all) => all.map((one) => getComputedStyle(one).imageRendering)"
    assert set(tab.page.locator("#stage img.near").evaluate_all(rendering)) == {"pixelated"}
    x, zoom = variable(tab, "x"), variable(tab, "zoom")
    box = tab.page.locator("#stage").bounding_box()
    tab.page.mouse.move(box["x"] + 200, box["y"] + 100)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 150, box["y"] + 100)
    tab.page.mouse.up()
    assert variable(tab, "x") == pytest.approx(x + 50 / zoom, abs=0.1)
    tab.page.locator("#zoom-whole").click()
    assert variable(tab, "zoom") < 64
    assert variable(tab, "x") == 48, "it lies in the middle"


@pytest.fixture(scope="module")
def oblong(new_place: Callable[[], Path]) -> Path:
    """The page of images of 384 x 256 pixels that differ most at the left; one is as small as the degraded one."""
    place = new_place()
    for path in sorted(place.rglob("*.png")):
        kept = path.parent.name == "degraded" or path.parent.parent.name == "degraded" or path.parent.name == "sharp"
        enlarged = Image.open(path).convert("RGB").resize((96, 64) if kept else (384, 256), Image.Resampling.BICUBIC)
        if path.parent.name == "blur":
            enlarged.paste((255, 0, 255), (0, 40, 90, 220))
        enlarged.save(path)
    page = place / "oblong.html"
    page.write_text(with_maps(judged(place / "restored", place / "degraded")), encoding="utf-8")
    return page


@pytest.mark.parametrize("width", [390, 800, 1400])
def test_nothing_is_empty_beside_an_image_that_fills_the_stage(browser: Any, oblong: Path, width: int) -> None:
    tab = Page(browser, oblong, viewport={"width": width, "height": 900})
    edges = "(one) => { const box = one.getBoundingClientRect(); return [box.left, box.right, box.top, box.bottom]; }"
    left, right, top, bottom = tab.page.locator("#layer-left .world").evaluate(edges)
    stage = tab.page.locator("#stage").evaluate(edges)
    assert (left <= stage[0] + 1, right >= stage[1] - 1) == (True, True)
    assert (top <= stage[2] + 1, bottom >= stage[3] - 1) == (True, True)
    tab.context.close()


def test_a_degraded_image_is_offered_once_whatever_sizes_its_restorations_have(browser: Any, oblong: Path) -> None:
    tab = Page(browser, oblong)
    offered = "(one) => [...one.options].map((option) => option.label).filter((label) => label.startsWith('Degraded'))"
    assert tab.page.locator("#left").evaluate(offered) == ["Degraded, 96 × 64, enlarged × 4"]
    tab.page.locator('.card[data-name="sharp/astronaut.png"] .flip').click()
    assert tab.page.locator("#tag-left").inner_text().startswith("Degraded")
    assert tab.page.locator("#tag-right").inner_text() == "sharp"
    tab.context.close()


def test_the_first_printed_page_has_room_for_the_first_image(browser: Any, oblong: Path, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("needs poppler-utils")
    tab = Page(browser, oblong)
    tab.page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    tab.context.close()
    words = ["pdftotext", "-l", "1", "-layout", str(tmp_path / "page.pdf"), "-"]
    first = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Images" in first
    assert "astronaut.png" in first.partition("Images")[2]


@pytest.mark.parametrize("corner", [0, 300])
def test_it_opens_without_an_empty_margin_beside_an_image_that_goes_on(
    browser: Any, tmp_path: Path, corner: int
) -> None:
    size = (540, 280)
    plain = np.full((size[1], size[0], 3), 120, np.uint8)
    other = plain.copy()
    other[10:60, corner + 20 : corner + 200] = 220
    for name, pixels in (("restored/a/one.png", plain), ("restored/b/one.png", other), ("degraded/one.png", plain)):
        (file := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
    page = tmp_path / "wide.html"
    page.write_text(with_maps(judged(tmp_path / "restored", tmp_path / "degraded")), encoding="utf-8")
    with Page.clean(browser, page, viewport={"width": 1400, "height": 900}) as tab:
        x, zoom, room = tab.page.evaluate(
            """() => {
              const stage = document.querySelector(".stage");
              const at = (name) => Number(stage.style.getPropertyValue(name));
              return [at("--x"), at("--zoom"), stage.clientWidth];
            }"""
        )
    left, right = x - room / zoom / 2, x + room / zoom / 2
    if right - left < size[0]:
        assert left >= -0.01
        assert right <= size[0] + 0.01
    else:
        assert x == size[0] / 2


def test_heat_maps_have_a_legend(tab: Page) -> None:
    assert tab.page.locator("#stage .heat").count() == 0
    tab.page.locator("#heat").check()
    assert tab.page.locator("#stage .heat").count() == 2
    assert "squared difference" in tab.page.locator("#legend").inner_text()
    tab.page.locator("#judge").select_option(index=1)
    assert tab.page.get_by_text("No heat map by sharpness").is_visible()
    assert not tab.page.locator("#legend").is_visible()


def test_flicker_turns_and_stays_away_where_motion_is_unwanted(browser: Any, file: Path) -> None:
    tab = Page(browser, file)
    tab.page.locator("#flicker").click()
    expect = pytest.importorskip("playwright.sync_api").expect
    for end in ("0", "100"):
        expect(tab.page.locator("#divider")).to_have_value(end)
    tab.context.close()
    tab = Page(browser, file, reduced_motion="reduce")
    assert not tab.page.locator("#flicker").is_visible()
    assert tab.page.locator("#turn").is_visible()
    tab.context.close()


def test_trouble_is_told(tab: Page) -> None:
    assert tab.page.get_by_text("Not everything could be scored.").is_visible()
    bad = tab.page.locator('.card[data-name="sharp/chelsea.png"]')
    assert "truncated" in bad.inner_text()
    assert bad.locator(".flip").count() == 0


def test_every_picture_and_control_has_a_name(tab: Page) -> None:
    nameless = """() => Array.from(document.querySelectorAll('img, [role="img"], button, select, input'))
      .filter((one) => !(one.alt || one.getAttribute('aria-label') || one.innerText || one.closest('label')?.innerText)
      && !one.closest('.world')).length"""
    assert tab.page.evaluate(nameless) == 0
    assert tab.page.locator("h1").count() == 1


def test_phone_does_not_scroll_sideways(browser: Any, file: Path) -> None:
    tab = Page(browser, file, viewport={"width": 390, "height": 800})
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
    for name in ("#stage", "#divider", "#panes", "#compare .controls >> nth=0", "#compare .controls >> nth=1"):
        box = tab.page.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert tab.page.locator(".summary tbody th").first.bounding_box()["width"] >= 112, "no name is broken"
    assert "gradient" in tab.page.locator(".scroll").first.evaluate("(one) => getComputedStyle(one).backgroundImage")
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(browser: Any, file: Path, scheme: str) -> None:
    contrast = """() => Array.from(document.querySelectorAll(
      '.card h3, .scores th, .scores td, .flaw, .notice li')).map((one) => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[0-9.]+/g).map((v) => v / 255)
          .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const [a, b] = [light(getComputedStyle(one).color),
        light(getComputedStyle(one.closest('.card, .notice')).backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    })"""
    tab = Page(browser, file, color_scheme=scheme)
    ratios = tab.page.evaluate(contrast)
    tab.context.close()
    assert len(ratios) > 20
    assert min(ratios) >= 4.5


def test_without_scripts_everything_is_there(browser: Any, file: Path) -> None:
    tab = Page(browser, file, java_script_enabled=False)
    assert tab.page.locator(".card").count() == 6
    assert tab.page.locator(".card").last.is_visible()
    assert not tab.page.locator("#sort").is_visible()
    tab.context.close()


def test_print_shows_pictures_and_no_controls(browser: Any, file: Path) -> None:
    tab = Page(browser, file, color_scheme="dark")
    tab.page.emulate_media(media="print", color_scheme="dark")
    assert not tab.page.locator(".controls").first.is_visible()
    assert tab.page.locator(".card .view").first.is_visible()
    assert not tab.page.locator("#compare").is_visible()
    assert tab.page.locator(".card").first.evaluate("(card) => getComputedStyle(card).breakInside") == "avoid"
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    tab.context.close()


def test_without_degraded_images(browser: Any, place: Path, tmp_path: Path) -> None:
    page = tmp_path / "alone.html"
    page.write_text(render_scores(judged(place / "restored", None), Overview(quiet=True)), encoding="utf-8")
    tab = Page(browser, page)
    assert tab.page.locator(".card").count() == 6
    assert tab.page.locator(".degraded").count() == 0
    assert tab.page.locator("#stage img.near").count() == 2
    assert tab.complaints == []
    tab.context.close()


def test_the_budget_bounds_the_page() -> None:
    assert Pictures(10).side == SIDES[0]
    assert Pictures(100_000).side == SIDES[-1]
    noise = np.random.default_rng(0).integers(0, 256, (500, 700, 3)).astype(np.uint8)
    pictures = Pictures(3, budget=300_000)
    made = [pictures.make(noise, at(0, 0, (500, 700))) for _ in range(20)]
    assert made[0] is not None
    assert made[-1] is None
    assert pictures.left_out == made.count(None)
    one = len(made[0].whole) + len(made[0].detail)
    assert pictures.spent <= 300_000 + one
    assert BUDGET < 16_000_000
