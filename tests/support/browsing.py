"""Pages in a real headless browser: what they show, what they ask for, what they complain of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def opened_browser() -> Iterator[Any]:
    """A headless browser; the test is skipped, visibly, where there is none."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip(f"needs a browser: install one of {', '.join(_PROGRAMS)}")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, headless=True, args=_ARGUMENTS)
        yield browser
        browser.close()


class Tab:
    """A page with what it asked for and what it complained of."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.file = file
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(file.as_uri())

    @classmethod
    @contextmanager
    def clean(cls, browser: Any, file: Path, **options: Any) -> Iterator[Self]:
        """A tab that must have asked for its own file alone, and complained of nothing, when it is closed."""
        tab = cls(browser, file, **options)
        yield tab
        # A file that the page itself makes and offers has an address with blob:.
        asked = {url for url in tab.requests if not url.startswith(("data:", "blob:"))}
        tab.context.close()
        assert asked == {file.as_uri()}
        assert tab.complaints == []
