"""Compiles LaTeX where an engine is installed, and skips where none is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest


def compiled(source: Path) -> tuple[str, str]:
    """The log of the last run and the text of the PDF of ``source``, its bibliography made by bibtex if that is there.

    Skips the test where there is no pdflatex; fails where the document does not compile.
    """
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("no TeX engine: install texlive-latex-recommended")
    bibtex = shutil.which("bibtex") if source.with_suffix(".bib").exists() else None
    latex = [engine, "-interaction=nonstopmode", "-halt-on-error", source.name]
    steps = [latex, [bibtex, source.stem], latex, latex] if bibtex else [latex]
    for step in steps:
        done = subprocess.run(step, cwd=source.parent, capture_output=True, text=True, errors="replace", check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    log = source.with_suffix(".log").read_text(errors="replace")
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext to read the PDF with: install poppler-utils")
    words = [reader, "-layout", source.with_suffix(".pdf").name, "-"]
    text = subprocess.run(words, cwd=source.parent, capture_output=True, text=True, check=True).stdout
    return log, re.sub(r"\s+", " ", text)
