"""The comparison view without a browser: what its page holds, where it looks, and what its heat maps show."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from iqabench._util.devices import Machine
from iqabench._util.progress import Overview
from iqabench.methods.base import Method, MethodInfo
from iqabench.methods.contract import Paradigm
from iqabench.methods.registry import Registry
from iqabench.predict.loaded import LoadedMethod, prepare_methods
from iqabench.predict.page import heat_maps, render_scores
from iqabench.predict.page.crops import at, most_different
from iqabench.predict.page.heat import HeatMaps, colours
from iqabench.predict.page.pictures import DETAIL, Pictures
from iqabench.predict.pairs import pair_images
from iqabench.predict.passes import references_of, what_is_shown
from iqabench.predict.score_pairs import score_pairs


class Parsed(HTMLParser):
    """Elements of a page, and the text of its script, style and data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.held: dict[str, str] = {}
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag in ("script", "style"):
            self._within = found.get("id", tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.held[self._within] = self.held.get(self._within, "") + data

    def all(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    @property
    def data(self) -> Any:
        return json.loads(self.held["view-data"])


def made(place: Path, *methods: str, own: Method | None = None, maps: bool = True) -> tuple[str, HeatMaps | None]:
    overview = Overview(quiet=True)
    ready = prepare_methods(methods, Registry(), {}, None, overview).ready
    ready += [LoadedMethod(own.info.name, own)] if own is not None else []
    pairs = pair_images(str(place / "restored"), str(place / "degraded"), str(place / "pristine"))
    shown, _ = what_is_shown(ready, references_of(pairs.rows))
    found = score_pairs(pairs, ready, Machine(), None, overview)
    heats = heat_maps(shown, found, torch.device("cpu"), overview) if maps else None
    return render_scores(found, overview, heats), heats


@pytest.fixture
def wide(place: Path) -> Path:
    """The same images, 600 x 340 pixels: larger than a cut-out; ``sharp`` has a patch at the lower right."""
    for path in sorted(place.rglob("*.png")):
        small = path.parent.name == "degraded"
        enlarged = Image.open(path).resize((150, 85) if small else (600, 340), Image.Resampling.BICUBIC)
        if path.parent.name == "sharp":
            enlarged.paste((255, 0, 255), (380, 180, 590, 335))
        enlarged.save(path)
    return place


def test_the_page_is_whole_and_loads_nothing(place: Path) -> None:
    text, _ = made(place, "psnr", "ssim", "sharpness")
    page = Parsed(text)
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    named = set(re.findall(r'byId\("([\w-]+)"\)', page.held["script"]))
    listed = re.search(r'\[("scene".*?)\]\.map\(byId\)', page.held["script"])
    assert listed is not None
    named |= set(re.findall(r'"([\w-]+)"', listed.group(1)))
    named |= {f"{part}-{side}" for part in ("layer", "tag") for side in ("left", "right")}
    # One algorithm and one content would have no filter: the script asks before it uses them.
    assert named <= set(ids)
    referred = [
        word for name in ("aria-labelledby", "aria-describedby", "for") for word in " ".join(page.all(name)).split()
    ]
    assert set(referred) <= set(ids)
    assert {one.removeprefix("#") for one in page.all("href") if one.startswith("#")} <= set(ids)
    loaded = [*page.all("src"), *re.findall(r"url\((.*?)\)", page.held["style"]), *page.all("href")]
    assert len(loaded) > 16
    assert [one[:40] for one in loaded if not one.startswith(("data:", "#"))] == []
    assert page.all("style") == []
    assert not re.search(r"https?:", page.held["script"] + page.held["style"])


def test_every_picture_of_the_view_is_in_the_page(place: Path) -> None:
    text, _ = made(place, "psnr", "sharpness")
    page = Parsed(text)
    cards = {attributes["id"] for tag, attributes in page.elements if attributes.get("class") == "card"}
    contents = page.data["contents"]
    assert [one["name"] for one in contents] == ["astronaut", "chelsea"]
    for one in contents:
        kinds = [image["label"].split(",")[0] for image in one["images"]]
        assert kinds[:2] == ["Degraded", "Pristine"]
        assert sorted(kinds[2:]) == ["bicubic", "blur", "sharp"]
        for image in one["images"]:
            assert image["key"] in cards or f".near.{image['key']}{{background-image" in page.held["style"]
            assert len(image["crop"]) == 4
        ranks = [image["ranks"][0] for image in one["images"] if "ranks" in image]
        assert sorted(ranks) == ["1 of 3", "2 of 3", "3 of 3"]
    assert set(page.all("data-shown")) <= {image["key"] for one in contents for image in one["images"]}


def test_names_cannot_end_the_data(place: Path) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    for kind in ("degraded", "pristine", *(f"restored/{one}" for one in ("blur", "bicubic", "sharp"))):
        (place / kind / "chelsea.png").rename(place / kind / f"{evil.replace('/', '-')}.png")
    text, _ = made(place, "psnr")
    assert "<img src=x" not in text
    assert Parsed(text).data["contents"][0]["name"].startswith("<-script>")


def picture(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def test_it_opens_where_the_restorations_differ_most(wide: Path) -> None:
    text, _ = made(wide, "psnr")
    page = Parsed(text)
    for one in page.data["contents"]:
        left, top, width, height = one["crop"]
        assert (width * 600, height * 340) == pytest.approx((DETAIL, DETAIL))
        assert (round(left * 600), round(top * 340)) == (600 - DETAIL, 340 - DETAIL)
        assert {tuple(image["crop"]) for image in one["images"]} == {tuple(one["crop"])}
    # Few pictures: what is inside the frame is what was scored.
    (address,) = [
        attributes["src"]
        for tag, attributes in page.elements
        if attributes.get("alt") == "Cut-out of the restored image sharp/chelsea.png"
    ]
    left, top = round(600 * page.data["contents"][1]["crop"][0]), round(340 * page.data["contents"][1]["crop"][1])
    scored = np.asarray(Image.open(wide / "restored" / "sharp" / "chelsea.png"))
    assert np.array_equal(picture(address), scored[top : top + DETAIL, left : left + DETAIL])


def test_heat_is_where_the_image_is_bad_on_one_scale(wide: Path) -> None:
    text, heats = made(wide, "psnr", "ssim", "sharpness")
    assert heats is not None
    assert heats.warnings == []
    data = Parsed(text).data
    assert [bool(one["map"]) for one in data["methods"]] == [True, True, True, True, False]
    for one in data["contents"]:
        assert one["scales"][-1] is None
        assert all(low == 0 < high for low, high in one["scales"][:-1])
        by_label = {image["label"]: image["heat"] for image in one["images"] if "heat" in image}
        for number, method in enumerate(data["methods"][:-1]):
            opacity = {label: picture(heat[number])[..., 3].astype(float) for label, heat in by_label.items()}
            assert {of_one.shape for of_one in opacity.values()} == {(145, 256)}
            pasted = (slice(80, 140), slice(165, 250))
            assert opacity["sharp"][pasted].mean() > 40, method
            assert opacity["sharp"][pasted].mean() > 1.5 * opacity["blur"][pasted].mean(), method


def test_without_maps_there_is_no_control_of_them(place: Path) -> None:
    text, _ = made(place, "psnr", maps=False)
    page = Parsed(text)
    assert page.data["methods"][0]["map"] is None
    assert {"heat", "legend", "strength"}.isdisjoint(page.all("id"))
    assert "stage" in page.all("id")


class Failing(Method):
    """Has a map of every image but dark ones."""

    info = MethodInfo(name="failing", paradigms=(Paradigm.NR,))
    map_shows = "brightness"

    def __init__(self, interrupted: bool = False) -> None:
        self._interrupted = interrupted

    def prepare(self, reference: torch.Tensor) -> None:
        """No reference is looked at."""

    def score(self, restored: torch.Tensor, prepared: Any) -> torch.Tensor:
        """Mean brightness."""
        return restored.mean((1, 2, 3))

    def map(self, restored: torch.Tensor, prepared: Any) -> torch.Tensor:
        """Brightness, or the error."""
        if restored.mean() < 0.01:
            raise KeyboardInterrupt if self._interrupted else ValueError("too dark")
        return restored.mean(1)


def test_a_map_that_fails_costs_itself_alone(place: Path) -> None:
    Image.new("RGB", (96, 96)).save(place / "restored" / "blur" / "chelsea.png")
    text, heats = made(place, "psnr", own=Failing())
    assert heats is not None
    assert len(heats.warnings) == 1
    assert heats.warnings[0].startswith("failing: an image has no heat map: ")
    assert "too dark" in heats.warnings[0]
    images = [image for one in Parsed(text).data["contents"] for image in one["images"] if "heat" in image]
    assert [image["label"] for image in images if image["heat"][-1] is None] == ["blur"]
    assert all(image["heat"][0] and image["heat"][1] for image in images)
    assert "too dark" in text


def test_an_interruption_leaves_the_page_without_the_rest(place: Path) -> None:
    Image.new("RGB", (96, 96)).save(place / "restored" / "blur" / "astronaut.png")
    text, heats = made(place, own=Failing(interrupted=True))
    assert heats is not None
    assert heats.interrupted
    assert "interrupted: the page lacks heat maps" in heats.warnings[0]
    data = Parsed(text).data
    assert len(data["contents"]) == 2
    assert all(image["heat"] == [None] for one in data["contents"] for image in one["images"] if "heat" in image)


def test_heat_maps_stay_within_their_budget(place: Path) -> None:
    _, heats = made(place, "psnr")
    assert heats is not None
    heats.budget = 1
    assert heats.of_content([]) == {}
    heats.left_out = 3
    assert heats.sentence() == "3 heat maps are left out, to keep this file small."


def test_colours_go_from_nothing_to_opaque() -> None:
    drawn = np.asarray(colours(np.array([[0.0, 1.0, 2.0, 9.0]]), 0, 2))
    assert drawn[0, :, 3].tolist() == [0, 118, 235, 235]
    assert drawn[0, 2].tolist() == drawn[0, 3].tolist()
    assert np.asarray(colours(np.zeros((2, 2)), 0, 0))[..., 3].max() == 0


def test_the_cut_out_is_where_images_differ_or_else_where_most_is_seen() -> None:
    flat = np.full((3 * DETAIL, 4 * DETAIL, 3), 90, np.uint8)
    busy = flat.copy()
    busy[DETAIL : 2 * DETAIL, 2 * DETAIL : 3 * DETAIL] = np.asarray(
        Image.effect_noise((DETAIL, DETAIL), 80).convert("RGB")
    )
    whole = flat.shape[:2]
    assert most_different([busy]) == most_different([busy, busy]) == at(DETAIL, 2 * DETAIL, whole)
    other = busy.copy()
    other[-40:, :40] = 200
    assert most_different([busy, other, busy]) == at(2 * DETAIL, 0, whole)
    assert most_different([busy[:40, :30]]) == at(0, 0, (40, 30))
    assert most_different([]) is None


def test_a_cut_out_of_another_size_shows_the_same_place() -> None:
    crop = at(300, 400, (800, 1000))
    assert crop.elsewhere((800, 1000), (800, 1000)) == crop
    assert crop.elsewhere((800, 1000), (1600, 2000)) == at(728, 928, (1600, 2000))
    assert crop.elsewhere((800, 1000), (200, 250)) == at(0, 0, (200, 250))
    assert crop.part_of((800, 1000)) == [0.4, 0.375, 0.256, 0.32]


def test_cut_outs_are_exact_while_there_are_few() -> None:
    assert Pictures(8).exact
    assert not Pictures(1000).exact
