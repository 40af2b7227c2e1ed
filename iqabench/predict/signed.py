"""The signature of a method that scores one's own images: that of a run, but for the data, which nobody named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.methods.contract import Method
from iqabench.methods.tiling import Tiling
from iqabench.results.provenance import library_versions
from iqabench.results.signature import signature
from iqabench.runs.record import run_facts

DATA = ("dataset", "fingerprint", "split")
"""Parts of a run's identity that name its data."""


def score_signature(
    method: Method,
    *,
    reference: str,
    tiling: Tiling,
    precision: str,
    training: Mapping[str, Any] | None = None,
    protocol: ScoringProtocol | None = None,
) -> str:
    """Signature of the scores of ``method``; its last part is a digest of all that made them but the images.

    Parameters
    ----------
    reference:
        What it is shown beside the restored image: ``none``, ``degraded`` or ``pristine``.
    training:
        ``training.json`` of a method that was trained, or None.
    protocol:
        By which images were brought before it, or None.
    """
    facts = run_facts(
        method,
        reference=reference,
        **dict.fromkeys(DATA, ""),
        precision=precision,
        training=None if training is None else dict(training),
        selection="none" if training is None else "last",
        protocol=protocol,
    )
    identity = {name: fact for name, fact in facts.items() if name not in DATA} | {"tiles": tiling.name}
    return signature({"identity": identity, "training": training, "versions": library_versions()})
