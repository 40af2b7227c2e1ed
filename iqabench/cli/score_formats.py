"""Formats of what is written: by name, or by the ending of the file, which must not promise another format."""

from __future__ import annotations

from pathlib import Path

from iqabench._util.errors import UserError

ENDINGS = {
    "text": (".txt", ".log"),
    "csv": (".csv",),
    "json": (".json",),
    "parquet": (".parquet",),
    "markdown": (".md", ".markdown"),
    "html": (".html", ".htm"),
    "svg": (".svg",),
}
"""Endings of each format."""
FORMATS = tuple(name for name in ENDINGS if name not in ("html", "svg"))
"""What ``--format`` takes."""
OTHERS = (
    *(".xlsx", ".xls", ".ods", ".tsv", ".feather", ".arrow", ".h5", ".hdf5", ".sqlite", ".db", ".xml", ".yaml", ".yml"),
    *(".toml", ".tex", ".pdf", ".pkl", ".npy", ".npz", ".mat", ".png", ".jpg", ".zip", ".gz"),
)
"""Endings of formats that are not written."""


def format_of(output: Path | None, asked: str | None) -> str:
    """The format of what is printed or written to ``output``: the one ``asked`` for, or what the ending says.

    Raises
    ------
    UserError
        If the ending says another format, or one that is not written.
    """
    if output is None:
        return asked or "text"
    if asked is not None:
        require_ending("--output", output, asked)
        return asked
    ending = output.suffix.lower()
    found = next((name for name in FORMATS if ending in ENDINGS[name]), None if ending else "text")
    if found is None:
        hint = "--html writes a page" if ending in ENDINGS["html"] else "or name the --format"
        raise UserError(f"--output {output}: no format has this ending; use {_endings(FORMATS)}, {hint}")
    return found


def require_ending(option: str, path: Path, style: str) -> None:
    """Refuse a file whose ending belongs to another format than ``style``."""
    ending = path.suffix.lower()
    belongs = [name for name, endings in ENDINGS.items() if ending in endings and name != "text"]
    if ending in OTHERS or (belongs and style not in belongs):
        raise UserError(
            f"{option} {path}: {style} is written here, and {ending} says another format; "
            f"end the name with {_endings([style])}"
        )


def _endings(styles: list[str] | tuple[str, ...]) -> str:
    return ", ".join(ENDINGS[style][0] for style in styles)
