"""Hypothesis strategies that damage valid files: what a hostile or broken disk, network or author does to them."""

from __future__ import annotations

import copy
import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

LARGE = 2**32 - 1
HUGE = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 10_001, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
"""Sizes and offsets that make decoders stumble."""

TEXTS = (
    *('"', '""', "'", ",", ",,", ";", "\t", "\n", "\r", "\r\n", "\x00", "\ufeff", "=", "[", "]", "{", "}", "#", "\\"),
    *("../", "../../etc/passwd", "/etc/passwd", "C:\\", "~", "nan", "inf", "-inf", "1e999", "-1", "0", "1_000", "٣"),
    *("9" * 5000, "[" * 3000, "a." * 500, "\x1b[31m", "\u202e", "<script>", "\\input{x}", "=1+1", "𝟙", "\ud7ff"),
    *("train", "validate", "content", "mos", "image", "true", "null", '"""', "'''", "1979-13-45", "0x", "e", " "),
)
"""Pieces that mean something to a reader of CSV, TOML, JSON or paths."""


def _truncate(data: bytes, a: int, b: int) -> bytes:
    return data[: a % (len(data) + 1)]


def _flip_bit(data: bytes, a: int, b: int) -> bytes:
    return _replace(data, a, bytes([_at(data, a) ^ (1 << b % 8)]))


def _set_byte(data: bytes, a: int, b: int) -> bytes:
    return _replace(data, a, bytes([b % 256]))


def _set_size(data: bytes, a: int, b: int) -> bytes:
    form = (">I", "<I", ">H", "<H")[b % 4]
    value = HUGE[b // 4 % len(HUGE)]
    return _replace(data, a, struct.pack(form, value % (2**16 if form[1] == "H" else 2**32)))


def _delete(data: bytes, a: int, b: int) -> bytes:
    start = a % (len(data) + 1)
    return data[:start] + data[start + 1 + b % 40 :]


def _repeat(data: bytes, a: int, b: int) -> bytes:
    start = a % (len(data) + 1)
    return data[:start] + data[start : start + 1 + b % 200] * (2 + b % 3) + data[start:]


def _insert_text(data: bytes, a: int, b: int) -> bytes:
    start = a % (len(data) + 1)
    return data[:start] + TEXTS[b % len(TEXTS)].encode("utf-8", "surrogatepass") + data[start:]


def _swap(data: bytes, a: int, b: int) -> bytes:
    first, second = sorted((a % (len(data) + 1), b % (len(data) + 1)))
    return data[second:] + data[first:second] + data[:first]


EDITS: tuple[Callable[[bytes, int, int], bytes], ...] = (
    *(_truncate, _flip_bit, _flip_bit, _set_byte, _set_size, _set_size, _delete, _repeat, _insert_text, _swap),
)


def _at(data: bytes, a: int) -> int:
    return data[a % len(data)] if data else 0


def _replace(data: bytes, a: int, piece: bytes) -> bytes:
    start = a % max(1, len(data))
    return data[:start] + piece + data[start + len(piece) :]


_numbers = st.integers(0, LARGE)
_edits = st.lists(st.tuples(st.sampled_from(EDITS), _numbers, _numbers), max_size=5)


@st.composite
def damaged(draw: st.DrawFn, bases: Sequence[bytes]) -> bytes:
    """One of ``bases``, perhaps spliced with another, after up to five edits (none: as it is)."""
    data = draw(st.sampled_from(bases))
    if draw(st.integers(0, 4)) == 4:
        other, cut = draw(st.sampled_from(bases)), draw(_numbers)
        data = data[: cut % (len(data) + 1)] + other[cut % (len(other) + 1) :]
    for edit, a, b in draw(_edits):
        data = edit(data, a, b)
    return data


_rows = st.lists(st.tuples(_numbers, _numbers, _numbers), max_size=4)
_CELL_WORDS = (*TEXTS, "", "a", "x" * 3000, "001", "1e5", "-0", "NaN", ".", "..", "a/../b", "CON", "é", "e\u0301", "​")


@st.composite
def damaged_table(draw: st.DrawFn, bases: Sequence[str], separator: str = ",") -> bytes:
    """A CSV text with cells replaced, rows repeated or lost, columns shifted; then perhaps damaged as bytes."""
    lines = [line.split(separator) for line in draw(st.sampled_from(bases)).splitlines()]
    for kind, a, b in draw(_rows):
        row = lines[a % len(lines)] if lines else [""]
        if kind % 8 < 5 and row:
            row[b % len(row)] = _CELL_WORDS[(a ^ b) % len(_CELL_WORDS)]
        elif kind % 8 == 5:
            lines.insert(b % (len(lines) + 1), list(row))
        elif kind % 8 == 6 and lines:
            lines.pop(a % len(lines))
        else:
            row.append(_CELL_WORDS[b % len(_CELL_WORDS)])
    data = "\n".join(separator.join(row) for row in lines).encode("utf-8", "surrogatepass") + b"\n"
    return draw(damaged([data])) if draw(st.integers(0, 2)) == 2 else data


_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2, 1e308, float("nan"), float("inf"), 10**30, "", "x", "../x", "\x1b[0m", "<script>"),
    *([], {}, [None], {"a": None}, [[[]]], {"name": 3}, "complete", "failed", "9" * 400, ["x", 1], {"": ""}),
)


@st.composite
def damaged_json(draw: st.DrawFn, bases: Sequence[dict[str, Any]]) -> bytes:
    """A JSON object with values replaced or lost anywhere in it; then perhaps damaged as bytes."""
    value = json.loads(json.dumps(draw(st.sampled_from(bases))))
    for kind, a, b in draw(_rows):
        holder, key = _place(value, a)
        if key is None:
            continue
        if kind % 4 == 3:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(_VALUES[b % len(_VALUES)])
    data = json.dumps(value).encode()
    return draw(damaged([data])) if draw(st.integers(0, 3)) == 3 else data


def _place(value: Any, number: int) -> tuple[Any, Any]:
    """One of all places in nested data: a container and a key (None where it is empty)."""
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    return places[number % len(places)] if places else (value, None)
