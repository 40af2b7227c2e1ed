"""``iqabench data fetch`` of every set that has an address, from an empty home, as the docs say it."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from releases import WRITERS, Pictures, write_sriqa_bench
from sites import Sites

from iqabench._util.transfer.places import DriveFile, HubFile
from iqabench.data import pipal
from iqabench.data.sources import SOURCES
from iqabench.data.splits import load_split

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

FETCHED = [name for name, source in SOURCES.items() if source.parts]
CONTENTS = sorted(load_split("pipal", pipal.DEFAULT_SPLIT).contents)
FOLDERS = {"spaq": "SPAQ", "live": "databaserelease2", "pieapp": "PieAPP_dataset"}
"""What an archive unpacks into, where that is not its name in capitals."""


def packed(folder: Path, top: str) -> bytes:
    """All files below ``folder``, in a folder ``top``, links as files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                member = tarfile.TarInfo(f"{top}/{path.relative_to(folder).as_posix()}")
                member.size = path.stat().st_size
                with path.open("rb") as file:
                    archive.addfile(member, file)
    return stream.getvalue()


def write_bapps(root: Path, pictures: Pictures) -> None:
    """A few patches of each category of the validation part."""
    for category in ("traditional", "cnn", "superres", "deblur", "color", "frameinterp"):
        for kind in ("ref", "p0", "p1"):
            pictures.put(root / "2afc" / "val" / category / kind / "000000.png", side=64)
        judge = root / "2afc" / "val" / category / "judge"
        judge.mkdir()
        np.save(judge / "000000.npy", np.array([0.6], dtype=np.float32))


def write_pipal(root: Path, pictures: Pictures) -> None:
    """200 x 116 as the hub's archive has them."""
    counts = {"00": 12, "01": 16, "02": 10, "03": 24, "04": 13, "05": 14, "06": 27}
    for content in CONTENTS:
        pictures.put(root / "Train_Ref" / f"{content}.bmp", side=288)
        for category, count in counts.items():
            for variant in range(count):
                pictures.put(root / "Dist_Imgs" / f"{content}_{category}_{variant:02}.bmp", 1 + variant % 5, 288)


def small_pictures(folder: Path) -> Pictures:
    """Pictures of few bytes: of one colour, as PNG even where the name says BMP."""

    class Small(Pictures):
        def put(self, path: Path, level: int = 0, side: int = 16) -> None:
            source = folder / f"{level}-{side}"
            if not source.exists():
                Image.new("RGB", (side, side), (40 * level, 90, 90)).save(source, "PNG")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.hardlink_to(source)

    return Small(folder)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Sites]:
    sites = Sites(tmp_path / "sites")
    yield sites
    sites.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def serve(sites: Sites, name: str, content: bytes, part: int = 0) -> None:
    place = SOURCES[name].parts[part].places[0]
    if isinstance(place, HubFile):
        sites.hub[str(place).removeprefix("hub:")] = content
    else:
        assert isinstance(place, DriveFile)
        sites.drive[place.id] = content


@pytest.mark.parametrize("name", [name for name in FETCHED if name != "pipal"])
def test_fetch_then_read(sites: Sites, home: Path, tmp_path: Path, name: str) -> None:
    made = tmp_path / "made"
    made.mkdir()
    write = {"bapps": write_bapps, "sriqa-bench": partial(write_sriqa_bench, judges="AB")}.get(name) or WRITERS[name]
    write(made, Pictures(tmp_path / "pictures"))
    serve(sites, name, packed(made, FOLDERS.get(name, name.upper())))
    done = sites.run(home, "data", "fetch", name, "--root", f"data/{name}", "--accept")
    assert done.returncode == 0, done.stderr
    assert "cannot read it yet" not in done.stderr
    assert f"{name}: {home}/data/{name}, digest " in done.stdout
    card = sites.run(home, "data", "card", "--dataset", name)
    assert card.returncode == 0, card.stderr
    assert "digest of all files" in card.stdout
    (row,) = [line for line in sites.run(home, "data", "list").stdout.splitlines() if f" {name} " in line]
    assert f"{home}/data/{name}" in row


def test_pipal_with_the_hubs_labels_then_with_those_of_the_release(sites: Sites, home: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    pictures = small_pictures(tmp_path / "pictures")
    write_pipal(made, pictures)
    names = sorted(path.name for path in (made / "Dist_Imgs").iterdir())
    serve(sites, "pipal", packed(made, "PIPAL"))
    rows = [f"{name[:5]}.bmp,{name},{(n % 116) / 116:.4f},train\n" for n, name in enumerate(names)]
    serve(sites, "pipal", ("ref_name,dist_name,mos,official_split\n" + "".join(rows)).encode(), 1)
    shown = tmp_path / "shown"
    for name in names:
        if "_06_" not in name:
            pictures.put(shown / f"ref_{name}", 5, 288)
    serve(sites, "pipal", packed(shown, "any"), 2)

    done = sites.run(home, "data", "fetch", "pipal", "--root", "data/pipal", "--accept")
    assert done.returncode == 0, done.stderr
    assert f"put the release's folder Train_Label (A0001.txt, ..., 200 files) into {home}/data/pipal" in done.stderr
    words = ("run", "--methods", "psnr", "--no-anchors", "--dataset", "pipal", "--format", "json")
    scaled = sites.run(home, *words)
    assert scaled.returncode == 0, scaled.stderr
    assert "labels are scaled to [0, 1]" in scaled.stderr

    labels = home / "data" / "pipal" / "Train_Label"
    labels.mkdir()
    for content in CONTENTS:
        lines = [f"{name},{950 + 9 * (i % 100)}.5\n" for i, name in enumerate(names) if name.startswith(f"{content}_")]
        (labels / f"{content}.txt").write_text("".join(lines))
    released = sites.run(home, *words)
    assert released.returncode == 0, released.stderr
    assert "scaled" not in released.stderr.replace(str(home), "")
    states = {one["fingerprint"] for done in (scaled, released) for one in json.loads(done.stdout)}
    assert len(states) == 2
    assert pipal.CARD.mos_range == (900.0, 1900.0)
