"""One file per dataset, split and protocol, and where its images lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from iqabench._util.errors import UserError
from iqabench._util.write_through import is_file, write_through
from iqabench.data.roots import remembered_root
from iqabench.render.report.context import report_context
from iqabench.render.report.render import render_report
from iqabench.results.model import ResultSet
from iqabench.results.store import folder_name
from iqabench.stats.leaderboard import splits_together

EMBEDDED = "mini"
_OVER = ("dataset", "fingerprint", "protocol", "protocol_rules")
"""What the splits share that one table of means is over."""


def write_reports(
    sets: Sequence[ResultSet],
    output: Path,
    *,
    root: Path | None = None,
    shown: Collection[Path] | None = None,
) -> list[Path]:
    """Write the report of every set; return the files.

    One set is written to ``output``; several beside it, as ``<stem>-<dataset>-<split>.html``, with the
    protocol behind the split where one is named.

    Parameters
    ----------
    sets
        What :func:`iqabench.results.store.load_results` returned.
    root
        Folder of the dataset's images (or its manifest file), for thumbnails; the embedded dataset needs none.
    shown
        Folders of the runs that are shown, as :func:`iqabench.stats.ablations.without_ablations` says; None for all.

    Raises
    ------
    UserError
        If ``root`` is not there or is given for several datasets, or several reports would go to one stream;
        DataError for contradictory results.
    """
    if root is not None and len({one.dataset for one in sets}) > 1:
        raise UserError("--root belongs to one dataset, but there are results of several; choose one with --dataset")
    if len(sets) > 1 and not is_file(output):
        raise UserError(
            f"{len(sets)} reports cannot go to one stream; choose one with --dataset, --split and --protocol, or name "
            "a file"
        )
    written = []
    over = {tuple(frame.iloc[0][list(_OVER)]): frame for frame in splits_together(sets, shown)}
    for one, path in zip(sets, _paths(sets, output), strict=True):
        means = over.get(tuple(getattr(one, name) for name in _OVER))
        context = report_context(one, image_root=_image_root(one.dataset, root), over=means, shown=shown)
        write_through(path, render_report(context).encode())
        written.append(path)
    return written


def _image_root(dataset: str, root: Path | None) -> Path | None:
    if root is None and (remembered := remembered_root(dataset)) is not None and remembered.exists():
        root = remembered
    if root is not None:
        place = root.expanduser()
        if not place.exists():
            raise UserError(f"--root {root}: no such file or folder; it must be the dataset's folder or manifest")
        return place if place.is_dir() else place.parent
    if dataset == EMBEDDED:
        from iqabench.data.mini import mini_folder

        folder = mini_folder()
        return folder if folder.is_dir() else None
    return None


def _paths(sets: Sequence[ResultSet], output: Path) -> list[Path]:
    if len(sets) == 1:
        return [output]
    parts = [filter(None, (one.dataset, one.split, one.protocol)) for one in sets]
    names = ["-".join(map(folder_name, words)) for words in parts]
    counts = Counter(names)
    # Two sets of one dataset and split differ in their data: the fingerprint tells them apart.
    unique = [
        f"{name}-{one.fingerprint[:8]}" if counts[name] > 1 else name for one, name in zip(sets, names, strict=True)
    ]
    suffix = output.suffix or ".html"
    return [output.with_name(f"{output.stem}-{name}{suffix}") for name in unique]
