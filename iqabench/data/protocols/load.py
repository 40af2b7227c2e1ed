"""Finds protocols: those that come with iqabench, files of one's own, and those that a stored run names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError, UserError
from iqabench._util.text import did_you_mean
from iqabench.data.protocols.protocol import HEX, ScoringProtocol

ENDING = ".toml"


@cache
def shipped_protocols() -> dict[str, ScoringProtocol]:
    """The protocols that come with iqabench, by name."""
    files = sorted(resources.files("iqabench.data.protocols").iterdir(), key=lambda file: file.name)
    texts = [file.read_text(encoding="utf-8") for file in files if file.name.endswith(ENDING)]
    found = [ScoringProtocol(**tomllib.loads(text)) for text in texts]
    return {one.name: one for one in found}


def find_protocol(word: str) -> ScoringProtocol:
    """The protocol called ``word``, or that of the TOML file ``word``.

    Raises
    ------
    UserError
        If there is none of that name, or the file is no protocol, or takes the name of another one.
    """
    shipped = shipped_protocols()
    if word in shipped:
        return shipped[word]
    path = Path(word).expanduser()
    if not (word.endswith(ENDING) or path.is_file()):
        raise UserError(
            f"protocol {word}: there is no such protocol{did_you_mean(word, shipped)} Protocols: "
            f"{', '.join(shipped)}; one of your own is a TOML file (docs/protocols.md)"
        )
    return read_protocol(path)


def protocol_given(given: str | ScoringProtocol | None) -> ScoringProtocol | None:
    """The protocol that a caller from Python gives: a name, a TOML file or one made already; None is none.

    Raises
    ------
    UserError
        As :func:`find_protocol`.
    """
    return given if given is None or isinstance(given, ScoringProtocol) else find_protocol(str(given))


def read_protocol(path: Path) -> ScoringProtocol:
    """The protocol of a file of one's own.

    Raises
    ------
    UserError
        If it is no protocol, or has the name of one that comes with iqabench and other rules.
    """
    from iqabench._util.records import checked
    from iqabench.data.protocols.record import ProtocolFile
    from iqabench.data.tomlfile import read_toml

    found = ScoringProtocol(**checked(ProtocolFile, read_toml(path), str(path), DataError).model_dump())
    known = shipped_protocols().get(found.name)
    if known is not None and known.digest != found.digest:
        raise UserError(
            f"{path}: {found.name!r} is a protocol that comes with iqabench and has other rules; take another name"
        )
    return found


def protocol_words(identity: Mapping[str, Any]) -> tuple[str, str]:
    """Name and rules of a run's protocol for people; two empty texts without one. One that is broken has no rules."""
    stated = identity.get("protocol")
    if not stated:
        return "", ""
    try:
        found = protocol_of(identity)
    except DataError:
        found = None
    rules = f": {found.words}" if found is not None else ""
    return str(stated["name"]), f"digest {str(stated['digest'])[:HEX]}{rules}"


def protocol_of(identity: Mapping[str, Any]) -> ScoringProtocol | None:
    """The protocol in the identity of a run; None if the run names none.

    Raises
    ------
    DataError
        If what stands there is no protocol, or its digest or its rules are not those of its name.
    """
    stated = identity.get("protocol")
    if stated is None:
        return None
    from iqabench._util.records import checked
    from iqabench.data.protocols.record import ProtocolFile

    if not isinstance(stated, Mapping):
        raise DataError("identity.protocol must be a table")
    rules = {name: value for name, value in stated.items() if name != "digest"}
    found = ScoringProtocol(**checked(ProtocolFile, rules, "identity.protocol", DataError).model_dump())
    if stated.get("digest") != found.digest:
        raise DataError(f"identity.protocol: its rules have the digest {found.digest}, not {stated.get('digest')}")
    known = shipped_protocols().get(found.name)
    if known is not None and known.digest != found.digest:
        raise DataError(
            f"identity.protocol: {found.name} is {known.words}, not {found.words} (digest {known.digest}, not "
            f"{found.digest})"
        )
    return found
