"""Pictures of the tool's pages for the documentation: ``python -m benchmarks.screenshots --help``.

The pages are made by the installed commands from what ships with the package: the score page and the page for judges
from restorations of ``mini``, the report from the stored results. Needs Chromium; ``iqabench[dev]`` has Playwright.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pandas as pd
from PIL import Image

from iqabench.data.mini import mini_folder

WIDTHS = {390: 844, 800: 1000, 1400: 1000}
"""Of the window, in CSS pixels, and its height: a phone, a small window, a desk."""
SCHEMES = ("light", "dark")
CONTENTS, ALGORITHMS = 4, 6
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def write_images(folder: Path) -> None:
    """``restored/ALGORITHM/CONTENT.png``, ``degraded`` and ``pristine``: restorations of four bicubic x4 images."""
    root = mini_folder()
    rows = pd.read_csv(root / "manifest.csv", dtype=str)
    rows = rows[rows["degraded"].str.endswith("_bic4.webp")]
    for content in sorted(rows["content"].unique())[:CONTENTS]:
        of_content = rows[rows["content"].eq(content)].head(ALGORITHMS)
        first = of_content.iloc[0]
        copies = [(f"restored/{row.algorithm}", row.image) for row in of_content.itertuples()]
        for place, image in [*copies, ("degraded", first["degraded"]), ("pristine", first["pristine"])]:
            (folder / place).mkdir(parents=True, exist_ok=True)
            Image.open(root / image).convert("RGB").save(folder / place / f"{content}.png")


def command(folder: Path, *words: str) -> None:
    """Run the installed ``iqabench`` in ``folder``."""
    program = str(Path(sys.executable).with_name("iqabench"))
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"iqabench {' '.join(words)}: {done.stderr.strip()}")


def write_pages(folder: Path, results: Path) -> dict[str, Path]:
    """Every page that is shown, by its name."""
    write_images(folder)
    judged = ["restored", "degraded", "--pristine", "pristine", "--method", "ckdn,lpips,ssim,sharpness"]
    command(folder, "score", *judged, "--html", "score.html")
    asked = ["--degraded", "degraded", "--choose", "random", "--pairs", "12", "--out", "judge.html"]
    command(folder, "judge", "export", "restored", *asked)
    chosen = ["--dataset", "mini", "--split", "unseen", "--output", "report.html"]
    command(folder, "report", "--results", str(results), *chosen)
    files = {"score": "score", "compare": "score", "report": "report", "judge": "judge"}
    return {name: folder / f"{file}.html" for name, file in files.items()}


def prepare(page: Any, name: str) -> None:
    """Bring a page into the state that its picture shows."""
    if name == "compare":
        page.locator("#heat").check()
        page.locator("#compare").evaluate("(one) => one.scrollIntoView()")
    if name == "judge":
        page.locator("#judge").fill("Ada")
        page.get_by_role("button", name="Begin").click()
        page.locator("#choose-left:enabled").wait_for()
    page.wait_for_timeout(300)


def store(screenshot: bytes, path: Path) -> None:
    """As WebP: a quarter of a PNG's bytes, and sharp enough to read."""
    Image.open(io.BytesIO(screenshot)).convert("RGB").save(path, quality=72, method=6)


def printed(page: Any, path: Path) -> None:
    """The first two pages of A4 as they are printed, side by side."""
    with tempfile.TemporaryDirectory() as folder:
        page.pdf(path=f"{folder}/page.pdf", prefer_css_page_size=True)
        words = ["pdftoppm", "-r", "60", "-l", "2", "-png", "page.pdf", "page"]
        subprocess.run(words, cwd=folder, check=True)
        sheets = [Image.open(one).convert("RGB") for one in sorted(Path(folder).glob("page-*.png"))]
        both = Image.new("RGB", (sum(one.width for one in sheets) + 8 * (len(sheets) - 1), sheets[0].height), "grey")
        for number, sheet in enumerate(sheets):
            both.paste(sheet, (number * (sheet.width + 8), 0))
        both.save(path, quality=72, method=6)


def take(pages: dict[str, Path], out: Path, widths: Sequence[int]) -> None:
    """Take every page at every width, light and dark, and as it is printed."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise click.ClickException(f"needs a browser: install one of {', '.join(BROWSERS)}")
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, file in pages.items():
            for width in widths:
                for scheme in SCHEMES:
                    size = {"width": width, "height": WIDTHS[width]}
                    context = browser.new_context(viewport=size, color_scheme=scheme)
                    page = context.new_page()
                    page.goto(file.as_uri())
                    prepare(page, name)
                    store(page.screenshot(), out / f"{name}-{width}-{scheme}.webp")
                    if (width, scheme) == (max(widths), "light") and name in ("score", "report"):
                        printed(page, out / f"{name}-print.webp")
                    context.close()
        browser.close()


@click.command()
@click.option("--results", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("results"))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("docs/images"))
@click.option("--width", "widths", multiple=True, type=click.Choice([str(one) for one in WIDTHS]))
def main(results: Path, out: Path, widths: tuple[str, ...]) -> None:
    """Write pictures of all pages to OUT; about two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        take(write_pages(Path(folder), results.resolve()), out, [int(one) for one in widths] or list(WIDTHS))


if __name__ == "__main__":
    main()
