"""The methods' BibTeX as one bibliography, and the keys to cite it by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iqabench.render.latex_text import escape
from iqabench.results.model import ResultSet

_ENTRY = re.compile(r"@\s*(\w+)\s*\{\s*([A-Za-z0-9_.:/+-]+)\s*,")


@dataclass
class Bibliography:
    """Entries of a ``.bib`` file called ``name``."""

    name: str
    entries: dict[str, str] = field(default_factory=dict)
    """BibTeX by key."""
    keys: dict[str, list[str]] = field(default_factory=dict)
    """Keys by method."""
    cited: set[str] = field(default_factory=set, init=False)
    """Keys that :meth:`cite` gave away."""

    def cite(self, methods: Iterable[str]) -> str:
        r"""``~\\cite{...}`` for these methods, or nothing where none has a citation."""
        keys = list(dict.fromkeys(key for method in methods for key in self.keys.get(method, ())))
        self.cited.update(keys)
        return rf"~\cite{{{','.join(keys)}}}" if keys else ""

    @property
    def text(self) -> str:
        """The ``.bib`` file: the entries that were cited, so ask for it when all is written."""
        entries = [entry for key, entry in self.entries.items() if key in self.cited]
        return "\n\n".join(entries) + "\n" if entries else ""


def bibliography(name: str, citations: Mapping[str, str]) -> Bibliography:
    """Collect the BibTeX of methods, given by method; entries that several methods share stand there once.

    Text that is not BibTeX becomes an ``@misc`` entry that quotes it. Different entries under one key are told apart
    by a number after it.
    """
    found = Bibliography(name)
    for method, text in citations.items():
        entries = _entries(text) or ([("misc", "", _as_misc(method, text))] if text.strip() else [])
        for _, key, entry in entries:
            own = _free_key(found, key or _safe(method), entry)
            found.entries[own] = entry if own == key else _ENTRY.sub(rf"@\1{{{own},", entry, count=1)
            found.keys.setdefault(method, []).append(own)
    return found


def citations_of(sets: Iterable[ResultSet]) -> dict[str, str]:
    """BibTeX by method, as the runs recorded it."""
    runs = (run for one in sets for run in one.runs)
    return {run.method: str(run.meta["method"].get("citation") or "") for run in runs}


def bibliography_name(path: Path) -> str:
    r"""Name of the ``.bib`` file beside a ``.tex`` file that ``\\bibliography`` can spell."""
    return _safe(path.stem)


def _free_key(found: Bibliography, key: str, entry: str) -> str:
    own, number = key, 1
    while own in found.entries and _ENTRY.sub("", found.entries[own], count=1) != _ENTRY.sub("", entry, count=1):
        number += 1
        own = f"{key}-{number}"
    return own


def _entries(text: str) -> list[tuple[str, str, str]]:
    """Type, key and text of every entry whose braces close."""
    found, position = [], 0
    while match := _ENTRY.search(text, position):
        end = _closing_brace(text, text.index("{", match.start()))
        if end is None:
            break
        found.append((match[1], match[2], text[match.start() : end + 1]))
        position = end + 1
    return found


def _closing_brace(text: str, start: int) -> int | None:
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return None


def _as_misc(method: str, text: str) -> str:
    # BibTeX counts braces even behind a backslash.
    title, note = (
        escape(one).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}") for one in (method, text)
    )
    return f"@misc{{{_safe(method)},\n  key = {{{_safe(method)}}},\n  title = {{{title}}},\n  note = {{{note}}}\n}}"


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-") or "references"
