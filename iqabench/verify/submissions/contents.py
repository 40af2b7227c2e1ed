"""What a submission takes from a folder of results: finished runs and their labels, nothing that names a machine.

Trained models come to it from :mod:`iqabench.verify.submissions.models`.
"""

from __future__ import annotations

import getpass
import json
import platform
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench._util.version import __version__
from iqabench.results.files import read_json
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.signature import signature
from iqabench.results.store import LABELS_FOLDER, find_results, results_above
from iqabench.stats.grouping import group_runs
from iqabench.verify.submissions.archive import MANIFEST, archive_bytes, manifest_of

LABEL_FILES = ("card.json", "labels.csv", "votes.csv", "ratings.csv")
ABSOLUTE = re.compile(r"""(?<![\w.:/~\\-])(?:~?/|[A-Za-z]:[\\/]|\\\\)[^\s/\\:;,"'()]+(?:[/\\][^\s/\\:;,"'()]+)+""")
"""A path from the root of a file system, of two parts or more; the part of an address behind ``//`` is none."""
SHORTEST_NAME = 2
"""A shorter name of a user or a machine cannot be told from prose."""


def chosen_runs(results: Path, dataset: str | None, methods: Collection[str]) -> list[tuple[ResultSet, RunResult]]:
    """The runs that tables of ``results`` show: of one data set, of some methods, or all.

    Raises
    ------
    DataError
        If there is none, or one is not finished.
    """
    found = [
        (one, run)
        for one in find_results(results, dataset)
        for group in group_runs(one.runs)
        for run in group.runs
        if not methods or group.method in methods
    ]
    lacking = sorted(set(methods) - {run.method for _, run in found})
    if not found and (above := results_above(results)) is not None:
        raise DataError(
            f"{results}: is a part of a folder of results; give the whole, {above}, and --dataset or --methods"
        )
    if not found or lacking:
        asked = f" of {', '.join(lacking)}" if lacking else ""
        on = f" on {dataset}" if dataset else ""
        raise DataError(
            f"{results}: there is no run{asked}{on}; 'iqabench table --results {results}' shows what there is"
        )
    for one, run in found:
        if run.meta["status"] != "complete":
            raise DataError(
                f"{results}: the run of {run.method} ({run.meta['reference']}) on {one.dataset}, split {one.split}, is "
                f"not finished ({run.meta['status']}, {run.meta.get('n_scored', 0)} of {run.meta.get('n_expected')} "
                "images); give its 'iqabench run' command again, or name the others in --methods"
            )
    return found


def submission_files(results: Path, chosen: list[tuple[ResultSet, RunResult]]) -> dict[str, bytes]:
    """The files of the archive by name, but for its ``submission.json``.

    Raises
    ------
    DataError
        If one of them names a path of this machine in a place where it cannot be left out.
    """
    files: dict[str, bytes] = {}
    for one, run in chosen:
        if run.path is None:
            continue
        where = run.path.relative_to(results).as_posix()
        files[f"{where}/scores.csv"] = (run.path / "scores.csv").read_bytes()
        files[f"{where}/run.json"] = _as_json(cleaned(read_json(run.path / "run.json")), f"{where}/run.json")
        labels = run.path.parents[2] / LABELS_FOLDER / one.fingerprint
        for name in LABEL_FILES:
            if (labels / name).is_file():
                path = labels.relative_to(results).as_posix() + f"/{name}"
                content = (labels / name).read_bytes()
                if name == "card.json":
                    _as_json(read_json(labels / name), path)
                files[path] = content
    return files


def merged(parts: list[tuple[Path, dict[str, bytes]]]) -> dict[str, bytes]:
    """The files of several folders of results.

    Raises
    ------
    DataError
        If two of them hold the same run with other scores, or other labels of the same data.
    """
    files: dict[str, bytes] = {}
    origin: dict[str, Path] = {}
    for results, part in parts:
        for name, content in part.items():
            known = files.setdefault(name, content)
            other = origin.setdefault(name, results)
            if known != content:
                raise DataError(f"{other} and {results} both hold {name}, and differ in it; submit one of them")
    return files


def pack(files: Mapping[str, bytes], signed: Mapping[str, str], models: Mapping[str, str]) -> bytes:
    """The archive of ``files``; ``signed`` are the signatures of the runs by their folder, ``models`` digests."""
    runs = [
        {"folder": where, "run_id": where.rpartition("/")[2], "signature": line}
        for where, line in sorted(signed.items())
    ]
    return archive_bytes({**files, MANIFEST: manifest_of(files, runs, models, __version__)})


def signatures_by_folder(results: Path, chosen: list[tuple[ResultSet, RunResult]]) -> dict[str, str]:
    """The signature of each run by its folder within the results."""
    return {run.path.relative_to(results).as_posix(): signature(run.meta) for _, run in chosen if run.path is not None}


def model_records(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """``files`` of trained models with what their records say of this machine left out.

    Raises
    ------
    DataError
        As :func:`submission_files`.
    """
    return {
        name: _as_json(cleaned(json.loads(content)), name) if name.endswith(".json") else content
        for name, content in files.items()
    }


def cleaned(meta: Mapping[str, Any]) -> dict[str, Any]:
    """``run.json`` without paths and names of this machine in its notes: of a path its last part stays."""
    notes = [_without_names(ABSOLUTE.sub(_last_part, str(note))) for note in meta.get("notes") or []]
    return {**meta, "notes": notes}


def _last_part(path: re.Match[str]) -> str:
    return re.split(r"[/\\]", path[0])[-1]


def _without_names(text: str) -> str:
    for name, instead in ((getpass.getuser(), "USER"), (platform.node(), "HOST")):
        if len(name) >= SHORTEST_NAME:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", instead, text)
    return text


def _as_json(facts: Mapping[str, Any], where: str) -> bytes:
    for place, text in _texts(facts):
        if found := ABSOLUTE.search(text):
            raise DataError(
                f"{where}: {place} names the path {found[0]} of this machine, which an archive must not; give the file "
                "by a relative path, and run again"
            )
    return (json.dumps(facts, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(one, f"{place}.{name}".strip("."))
            yield place, str(name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, place)
