"""The page itself: what its script does (in node), what its HTML holds, and how it works in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from browsing import Tab, opened_browser
from judging import ALGORITHMS, in_node, plan_of, write_page, write_restored

from iqabench.predict.judging.answers import read_answers
from iqabench.predict.judging.verdict import controls_answered


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_restored(tmp_path_factory.mktemp("page"), contents=2, algorithms=ALGORITHMS[:4])
    return write_page(folder, pairs=12)


def test_every_judge_has_an_order_of_their_own_and_repeats_come_later(page: Path) -> None:
    orders = in_node(
        page,
        """
        const of = (judge) => orderFor(plan, judge).map(({ pair, left }) => [pair.id, left]);
        console.log(JSON.stringify([of("A"), of("A"), of("B")]));
        """,
    )
    pairs = {pair.id: pair for pair in plan_of(page).pairs}
    assert orders[0] == orders[1] != orders[2]
    for order in orders:
        places, left = {name: at for at, (name, _) in enumerate(order)}, dict(order)
        assert sorted(places) == sorted(pairs)
        for name, pair in pairs.items():
            if pair.of:
                assert places[name] > places[pair.of]
                assert (left[name] == left[pair.of]) == (pair.kind == "repeat")


def test_what_the_page_saves_is_what_the_import_reads(page: Path, tmp_path: Path) -> None:
    """A judge who always sees the truth: also after taking back, saving half-way, and loading the file again."""
    said = in_node(
        page,
        """
        const right = ({ pair, left }) => pair.kind === "obvious" || pair.a < pair.b
          ? (left === "a" ? "left" : "right") : (left === "a" ? "right" : "left");
        let session = new Session(plan, 'Z"e, 1', "s1", "t0");
        for (let i = 0; i < 9; i++) session.answer(right(session.current), 1.23456, `t1${i}`);
        const before = session.current.pair.id;
        session.answer("similar", 2, "t2");
        const back = session.undo();
        const same = session.current.pair.id === before;
        const half = session.toJson("t3");
        session = Session.from(plan, half);
        const resumed = session.place;
        while (session.current) session.answer(right(session.current), 2, "t4");
        const refused = [];
        for (const text of ["{", "{}", half.replace(plan.digest, "0")]) {
          try { Session.from(plan, text); } catch (error) { refused.push(error.message); }
        }
        const none = new Session(plan, "N", "s", "t").undo();
        const [json, csv] = [session.toJson("t5"), session.toCsv()];
        console.log(JSON.stringify({ back, same, resumed, none, refused, half, json, csv }));
        """,
    )
    assert (said["back"], said["same"], said["resumed"], said["none"]) == (True, True, 9, False)
    assert [one.split(" ", 2)[:2] for one in said["refused"]] == [["This", "file"]] * 3
    plan = plan_of(page)
    for kind in ("json", "csv", "half"):
        file = tmp_path / f"choices.{'csv' if kind == 'csv' else 'json'}"
        file.write_text(said[kind], encoding="utf-8", newline="")
        found = read_answers(file, plan)
        assert (found.judge, found.session) == ('Z"e, 1', "s1")
        assert len(found.answers) == (9 if kind == "half" else len(plan.pairs))
        if kind != "half":
            controls = controls_answered(plan, {one.pair: one for one in found.answers})
            assert (controls.right, controls.same) == (controls.obvious, controls.repeats) == (6, 6)


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._quiet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._quiet = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._quiet = False

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.text.append(data)


def test_the_page_loads_nothing_and_names_nobody(page: Path) -> None:
    elements = Elements()
    elements.feed(page.read_text(encoding="utf-8"))
    shown = " ".join(elements.text)
    assert [name for name in ALGORITHMS[:4] if name in shown] == []
    assert "MB" in shown
    assert plan_of(page).digest[:12] in shown
    assert not [tag for tag, given in elements.found if tag == "link" and given.get("href") != "data:,"]
    policy = next(given["content"] for tag, given in elements.found if given.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; script-src 'sha256-")
    assert all(given.get("alt") for tag, given in elements.found if tag == "img")
    names = {given["id"] for _, given in elements.found if given.get("id")}
    asked = {word.split('"')[0] for word in page.read_text(encoding="utf-8").split('byId("')[1:]}
    assert asked <= names


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened_browser() as opened:
        yield opened


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_judging_in_a_browser(browser: Any, page: Path, size: tuple[int, int]) -> None:
    number = len(plan_of(page).pairs)
    viewport = {"width": size[0], "height": size[1]}
    with Tab.clean(browser, page, viewport=viewport, has_touch=size[0] < 500) as tab:
        tab.page.locator("#judge").fill("Zoë")
        tab.page.get_by_role("button", name="Begin").click()
        tab.page.locator("#choose-left:enabled").wait_for()
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        for key in ("ArrowLeft", "ArrowRight", "ArrowDown", " ", "Backspace"):
            tab.page.locator("#choose-left:enabled").wait_for()
            tab.page.keyboard.press(key)
        tab.page.reload()
        tab.page.locator("#judge").fill("Zoë")
        tab.page.get_by_role("button", name="Begin").click()
        tab.page.locator("#choose-left:enabled").wait_for()
        assert tab.page.locator("#count").inner_text() == f"4 of {number}"
        for _ in range(number - 3):
            tab.page.locator("#choose-left:enabled").wait_for()
            tab.page.locator("#left").tap() if size[0] < 500 else tab.page.locator("#left").click()
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name="Save choices").click()
        saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert (saved["judge"], saved["complete"], len(saved["answers"])) == ("Zoë", True, number)
