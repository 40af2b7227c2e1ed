"""Verifies an archive, and writes and reads the record of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from iqabench._util.errors import DataError
from iqabench._util.progress import Overview
from iqabench._util.records import checked
from iqabench._util.version import __version__
from iqabench.results.files import read_json
from iqabench.results.provenance import now
from iqabench.verify import AuditRequest, verify
from iqabench.verify.audit import Audit
from iqabench.verify.submissions.archive import OpenedSubmission, open_archive
from iqabench.verify.submissions.models import bring_models, check_models, say_what_is_missing
from iqabench.verify.submissions.record import FORMAT, VerificationRecord


@dataclass(frozen=True)
class VerifiedArchive:
    """What an audit of an archive came to."""

    audit: Audit
    digest: str


def verify_archive(path: Path, request: AuditRequest, overview: Overview) -> VerifiedArchive:
    """Unpack an archive in a folder of its own, and audit it as ``request`` says of a folder of results.

    Raises
    ------
    UserError
        If it is no submission.
    """
    with tempfile.TemporaryDirectory(prefix="iqabench-") as name:
        opened = open_archive(path, Path(name))
        audit = audit_opened(opened, request, overview)
    audit.root = path
    return VerifiedArchive(audit, opened.digest)


def audit_opened(opened: OpenedSubmission, request: AuditRequest, overview: Overview) -> Audit:
    """Audit an archive that is unpacked; its own differences come first."""
    check_models(opened)
    if request.models is not None:
        bring_models(opened, request.models)
    try:
        audit = verify(replace(request, results=opened.folder), overview)
    except DataError:
        if not opened.differences:
            raise
        audit = Audit(opened.folder, request.sample, request.seed)
    audit.differences[:0] = opened.differences
    say_what_is_missing(opened, audit)
    runs = {run.where: run.meta.get("signature") for run in audit.runs}
    listed = {run.folder: run.signature for run in opened.record.runs}
    if request.dataset is None and not audit.differences:
        audit.compare("submission.json", "runs with their signatures", dict(sorted(runs.items())), listed)
    return audit


def record_text(verified: VerifiedArchive, device: str) -> str:
    """The record of an audit that found no difference, as JSON."""
    audit = verified.audit
    runs = {
        str(run.meta["run_id"]): {
            "rows": len(run.rows),
            "scored_again": run.scored_again,
            "largest_deviation": run.deviation if run.scored_again else None,
            "tolerance": run.tolerance if run.scored_again else None,
            "unchecked": [one.why for one in audit.unchecked if one.where == run.where],
        }
        for run in audit.runs
    }
    said = {
        "format": FORMAT,
        "archive": audit.root.name,
        "archive_sha256": verified.digest,
        "date": now()[:10],
        "iqabench": __version__,
        "device": device,
        "sample": audit.sample,
        "seed": audit.seed,
        "runs": runs,
    }
    return json.dumps(said, indent=1, sort_keys=True) + "\n"


def read_records(files: Iterable[Path]) -> dict[str, VerificationRecord]:
    """Records by the digest of the archive; of several on one archive the latest, and of those the largest sample.

    Raises
    ------
    DataError
        If a file is no record.
    """
    found: dict[str, VerificationRecord] = {}
    for file in files:
        stated = read_json(file)
        if stated.get("format") != FORMAT:
            raise DataError(f"{file}: format {stated.get('format')!r} of a record; this version reads {FORMAT}")
        record = checked(VerificationRecord, stated, str(file), DataError)
        known = found.get(record.archive_sha256)
        if known is None or (known.date, known.sample) < (record.date, record.sample):
            found[record.archive_sha256] = record
    return found
