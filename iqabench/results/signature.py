"""The signature of a score: one short line that says what made it, for a paper to quote.

``ssim|v2|downsample=true|ref=degraded|up=bicubic|whole|fp32|iqabench 0.2.0|#1a2b3c4d`` names the method, its version,
its settings, what it was shown and how it computed; the part after ``#`` are the first eight digits of the run's id,
a digest of everything that can change a score, so that rows that differ have signatures that differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from iqabench._util.errors import UserError
from iqabench.results.store import digest

LONGEST = 200
"""Most characters of a signature."""
HEX = 8
"""Hexadecimal digits of each digest within a signature."""
PARTS = ("w", "code", "trained", "ref", "up", "protocol", "tiles", "settings")
"""Names that a signature uses itself; a setting of that name is written ``set.NAME``."""

# No ";": it parts signatures that stand in one cell of a table.
_SAFE = "!\"$&'()*+,-./:<>?@[]^_`{}"
_CAPS = (32, 20, 12, 6)
_DIGEST = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Shortened:
    """A value too long for a signature: how it begins, and a digest of the whole."""

    head: str
    digest: str

    def __str__(self) -> str:
        return f"{self.head}... (shortened; digest {self.digest})"


@dataclass(frozen=True)
class TrainingPart:
    """What a signature says of a training."""

    dataset: Any
    split: Any
    seed: Any
    selection: Any


@dataclass(frozen=True)
class ProtocolPart:
    """What a signature says of a protocol: its name, and the first digits of the digest of its rules."""

    name: str | Shortened
    digest: str

    def __str__(self) -> str:
        return f"{self.name} (digest {self.digest})"


@dataclass(frozen=True)
class Signature:
    """The fields of a signature; None for what it does not name. Long text may be :class:`Shortened`."""

    method: str | Shortened
    version: str | Shortened
    settings: dict[str, Any] = field(default_factory=dict)
    settings_digest: str | None = None
    """Digest that stands for all settings where they are too many to be named."""
    code: str | None = None
    weights: str | None = None
    trained: TrainingPart | Shortened | None = None
    reference: str | Shortened | None = None
    upsampling: str | Shortened | None = None
    protocol: ProtocolPart | None = None
    tiles: str | Shortened | None = None
    precision: str | None = None
    tf32: bool = False
    iqabench: str | Shortened | None = None
    run: str = ""
    """First digits of the run's id."""


def signature(meta: Mapping[str, Any]) -> str:
    """The signature of a run: one line of at most :data:`LONGEST` printable ASCII characters.

    Parameters
    ----------
    meta:
        ``run.json`` of schema 2, or a part of it: ``identity`` with at least ``method`` and ``version``, and where they
        are known ``run_id``, ``training`` and ``versions``. Without ``run_id`` the digest is that of ``identity``.
    """
    for cap in _CAPS:
        line = "|".join(_tokens(meta, cap))
        if len(line) <= LONGEST:
            return line
    return "|".join(_tokens(meta, 0, settings=False))


def signature_of_run(meta: Mapping[str, Any]) -> str:
    """:func:`signature` of a ``run.json``, empty for one that records no identity."""
    return signature(meta) if meta.get("identity") else ""


def weights_digest(weights: Mapping[str, str]) -> str:
    """Eight hexadecimal digits that stand for all weights of a method, by name and SHA-256."""
    return digest(dict(weights))[:HEX]


def parse_signature(text: str) -> Signature:
    """The fields of a signature.

    Raises
    ------
    UserError
        If ``text`` is no signature; the message says what is wrong.
    """
    words = text.strip().split("|")
    if len(words) < 3 or not words[1].startswith("v") or not words[-1].startswith("#"):
        raise UserError(
            f"{text.strip()[:LONGEST]!r} is no signature; one reads METHOD|vVERSION|...|#DIGITS, "
            "and 'iqabench table' prints those of its rows"
        )
    if not _DIGEST.fullmatch(words[-1][1:]):
        raise UserError(f"signature of {words[0]!r}: {words[-1]!r} are not # and eight hexadecimal digits")
    found: dict[str, Any] = {"method": _text(words[0]), "version": _text(words[1][1:]), "run": words[-1][1:]}
    settings: dict[str, Any] = {}
    for word in words[2:-1]:
        name, equals, value = word.partition("=")
        if not equals:
            found |= _bare(word)
        elif name in PARTS:
            found |= _part(name, value)
        else:
            settings[str(_text(name.removeprefix("set.")))] = _value(value)
    return Signature(settings=settings, **found)


def _tokens(meta: Mapping[str, Any], cap: int, settings: bool = True) -> Iterator[str]:
    identity = meta["identity"]
    yield _short(str(identity["method"]), cap)
    yield f"v{_short(str(identity['version']), cap)}"
    # By name: a run.json is written in that order, and the same run must have the same signature.
    stated = {name: value for name, value in sorted(identity.get("settings", {}).items()) if value is not None}
    if settings:
        for name, value in stated.items():
            prefix = "set." if name in PARTS or name.startswith("set.") else ""
            yield f"{prefix}{_short(name, cap)}={_short(written(value), cap)}"
    elif stated:
        yield f"settings=~{digest(stated)[:HEX]}"
    if identity.get("code"):
        yield f"code={identity['code']['sha256'][:HEX]}"
    if identity.get("weights"):
        yield f"w={weights_digest(identity['weights'])}"
    if identity.get("training"):
        yield f"trained={_trained(meta, cap)}"
    for key, name in (("reference", "ref"), ("upsampling", "up")):
        if identity.get(key) is not None:
            yield f"{name}={_short(str(identity[key]), cap)}"
    if identity.get("protocol"):
        protocol = identity["protocol"]
        yield f"protocol={_short(str(protocol['name']), cap)}/{protocol['digest'][:HEX]}"
    tiles = identity.get("tiles")
    if tiles is not None:
        yield "whole" if tiles == "whole" else f"tiles={_short(str(tiles), cap)}"
    if identity.get("precision"):
        yield _short(str(identity["precision"]), cap)
    if identity.get("tf32"):
        yield "tf32"
    yield f"iqabench {_short(str(meta.get('versions', {}).get('iqabench', '?')), cap)}"
    yield f"#{(meta.get('run_id') or digest(identity))[:HEX]}"


def _trained(meta: Mapping[str, Any], cap: int) -> str:
    summary = meta.get("training") or {}
    words = [
        str(summary.get("dataset", "?")),
        str(summary.get("split_name", "?")),
        f"seed{summary.get('seed', '?')}",
        str(meta["identity"].get("selection", "?")),
    ]
    if cap == 0:
        return _short("/".join(words), 0)
    return "/".join(_short(word, cap).replace("/", "%2F") for word in words)


def written(value: Any) -> str:
    """A setting as text, as signatures and tables show it: JSON, with strings bare where that is clear."""
    if isinstance(value, str) and value and not _is_json(value):
        return value
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _short(text: str, cap: int) -> str:
    """``text`` escaped; beyond ``cap`` characters how it begins, ``~`` and a digest of the whole."""
    # "~" marks what was shortened, so that one of the text itself is escaped; quote() would leave it.
    escaped = quote(text, safe=_SAFE).replace("~", "%7E")
    if len(escaped) <= cap + HEX + 1:
        return escaped
    head = re.sub(r"%[0-9A-F]?$", "", escaped[:cap])
    return f"{head}~{digest({'text': text})[:HEX]}"


def _text(word: str) -> str | Shortened:
    head, cut, rest = word.partition("~")
    return Shortened(unquote(head), rest) if cut else unquote(word)


def _value(word: str) -> Any:
    text = _text(word)
    return json.loads(text) if isinstance(text, str) and _is_json(text) else text


def _bare(word: str) -> dict[str, Any]:
    if word == "whole":
        return {"tiles": "whole"}
    if word == "tf32":
        return {"tf32": True}
    if word.startswith("iqabench "):
        return {"iqabench": _text(word.removeprefix("iqabench "))}
    return {"precision": str(_text(word))}


def _part(name: str, value: str) -> dict[str, Any]:
    if name == "settings":
        return {"settings_digest": value.removeprefix("~")}
    if name == "trained":
        words = [_text(word) for word in value.split("/")]
        whole = words[0] if len(words) == 1 else None
        if isinstance(whole, Shortened):
            return {"trained": whole}
        if len(words) != 4:
            raise UserError(f"signature: trained={value} is not DATASET/SPLIT/seedN/SELECTION")
        return {"trained": TrainingPart(words[0], words[1], str(words[2]).removeprefix("seed"), words[3])}
    if name == "protocol":
        named, _, rules = value.rpartition("/")
        return {"protocol": ProtocolPart(_text(named), rules)}
    field_name = {"w": "weights", "code": "code", "ref": "reference", "up": "upsampling", "tiles": "tiles"}[name]
    return {field_name: _text(value)}
