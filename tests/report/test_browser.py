"""The report in a real browser: it renders, sorts, filters and chooses, by mouse and by keyboard, without a request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browsing import Tab, opened_browser

CONTRAST = """() => Array.from(document.querySelectorAll('.heat td.h')).map((cell) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(cell);
  const [a, b] = [light(style.color), light(style.backgroundColor)];
  return [cell.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened_browser() as opened:
        yield opened


class Report(Tab):
    """What the tests ask of the page."""

    def column(self, name: str) -> list[str]:
        """Values of one column of the leaderboard, visible rows only, in order."""
        return self.page.evaluate(
            "(name) => Array.from(document.querySelectorAll('#board tbody tr:not([hidden])'))"
            '.map((row) => row.querySelector(`[data-name="${name}"]`).dataset.value)',
            name,
        )


@pytest.fixture(scope="module")
def file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def tab(browser: Any, file: Path) -> Iterator[Report]:
    with Report.clean(browser, file, viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def test_click_sorts_and_turns_with_missing_values_last(tab: Report, frame: pd.DataFrame) -> None:
    assert tab.column("srcc") == [repr(value) for value in frame["srcc"]]
    heading = tab.page.locator('#board th[data-name="krcc"]')
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert [float(value) for value in tab.column("krcc")] == sorted(frame["krcc"], reverse=True)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [float(value) for value in tab.column("krcc")] == sorted(frame["krcc"])
    for _ in range(2):
        tab.page.locator('#board th[data-name="params"] button').click()
        values = tab.column("params")
        assert values[-1] == values[len(frame) - 13] == ""
        assert all(values[:7])


def test_keyboard_sorts(tab: Report, frame: pd.DataFrame) -> None:
    tab.page.locator('#board th[data-name="method"] button').focus()
    tab.page.keyboard.press("Enter")
    names = [name.lower() for name in tab.column("method")]
    assert names != [str(name).lower() for name in frame["method"]]
    assert names[-4:] == ["plugin-2", "plugin-3", "plugin-4", "psnr"]
    tab.page.keyboard.press("Space")
    assert tab.column("method")[0] == "psnr"


def test_paradigm_and_text_filter(tab: Report, frame: pd.DataFrame) -> None:
    tab.page.get_by_role("checkbox", name="DR").uncheck()
    assert set(tab.column("paradigm")) == {"NR", "FR"}
    assert len(tab.column("method")) == int((frame["paradigm"] != "DR").sum())
    tab.page.get_by_role("checkbox", name="FR").focus()
    tab.page.keyboard.press("Space")
    assert set(tab.column("paradigm")) == {"NR"}
    tab.page.get_by_role("checkbox", name="DR").check()
    tab.page.get_by_label("Find").fill("LPIPS")
    assert tab.column("method") == ["lpips · degraded", "lpips · lr-x4"]
    assert tab.page.locator("#shown").inner_text() == "2 of 20 runs"


def test_further_columns_wait_behind_a_button(tab: Report) -> None:
    hidden = tab.page.locator('#board th[data-name="rmse"]')
    assert not hidden.is_visible()
    tab.page.get_by_role("button", name="All columns").click()
    assert hidden.is_visible()
    assert tab.page.locator("#columns").get_attribute("aria-pressed") == "true"


def test_scatter_shows_the_chosen_method_and_names_the_dot(tab: Report, context: dict[str, Any]) -> None:
    plot = context["scatter"]
    panel = next(one for one in plot.panels if one.run.name == "niqe")
    tab.page.locator("#panel").select_option(panel.run.key)
    shown = tab.page.locator(".panel:not([hidden])")
    assert shown.count() == 1
    assert shown.get_attribute("data-run") == panel.run.key
    row = int(panel.run.scores.argmax())
    drawing = shown.locator("svg")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    factor = box["width"] / plot.width
    x, y = panel.x.at(panel.run.scores[row]), plot.y.at(context["data"]["labels"][row])
    tab.page.mouse.move(box["x"] + factor * x, box["y"] + factor * y)
    assert shown.locator(".readout").inner_text().startswith(context["data"]["images"][row] + ": score ")


def test_disagreement_follows_the_two_lists(tab: Report, context: dict[str, Any]) -> None:
    data = context["data"]
    written = [" ".join(text.split()) for text in tab.page.locator("#cards .card").all_inner_texts()]
    static = [" ".join(f"{card['image']} {card['label']} {card['a']} {card['b']}".split()) for card in context["cards"]]
    for shown, expected in zip(written, static, strict=True):
        assert all(word in shown for word in expected.split())
    tab.page.locator("#second").select_option("r7")
    tab.page.locator("#first").select_option("r3")
    names = tab.page.locator("#cards .imagename").all_inner_texts()
    assert names == [data["images"][row] for row in data["pairs"]["r3 r7"]]
    assert tab.page.locator("#cards img").evaluate_all(
        "all => all.every((one) => one.complete && one.naturalWidth > 0)"
    )
    tab.page.locator("#second").select_option("r3")
    assert tab.page.get_by_text("These two rank all images alike.").is_visible()


def test_phone_does_not_scroll_sideways(browser: Any, file: Path) -> None:
    tab = Report(browser, file, viewport={"width": 360, "height": 740})
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.page.locator('#board td[data-name="srcc"]').first.bounding_box()["x"] < 300
    shown = "(all) => all.filter((one) => one.offsetWidth).map((one) => one.getBoundingClientRect().right)"
    assert max(tab.page.locator("#board tr:nth-child(1) > *").evaluate_all(shown)) <= 360, "no column is cut"
    plot = tab.page.locator("#significance figure .plot:visible")
    assert plot.count() == 1
    assert plot.bounding_box()["x"] + plot.bounding_box()["width"] <= 360
    assert plot.locator(".whisker circle").count() == plot.locator(".name").count() - 1  # and the name of the axis
    tab.page.locator("#columns").click()
    assert tab.page.locator('#board th[data-name="plcc"]').is_visible()
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_heat_map_can_be_read(browser: Any, file: Path, scheme: str) -> None:
    tab = Report(browser, file, color_scheme=scheme)
    cells = tab.page.evaluate(CONTRAST)
    tab.context.close()
    assert len({name for name, _ in cells}) >= 9
    assert min(ratio for _, ratio in cells) >= 4.5, sorted(cells, key=lambda cell: cell[1])[:3]


def test_without_scripts_everything_is_there(browser: Any, file: Path) -> None:
    tab = Report(browser, file, java_script_enabled=False)
    assert tab.page.locator(".panel").count() == 20
    assert tab.page.locator(".panel").last.is_visible()
    assert tab.page.locator('#board th[data-name="rmse"]').is_visible()
    assert not tab.page.locator("#find").is_visible()
    tab.context.close()


def test_print_has_no_controls_and_white_paper(browser: Any, file: Path) -> None:
    tab = Report(browser, file, color_scheme="dark")
    tab.page.emulate_media(media="print", color_scheme="dark")
    assert not tab.page.locator("nav").is_visible()
    assert not tab.page.locator(".controls").first.is_visible()
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.page.locator("#board").is_visible()
    height = "(one) => one.getBoundingClientRect().height"
    both = [tab.page.locator(name).evaluate(height) for name in ("#scatter", "#references")]
    assert sum(both) < 182 / 25.4 * 96, "both go on one page of A4"
    tab.context.close()
