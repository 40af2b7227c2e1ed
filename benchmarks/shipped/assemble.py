"""Step 5: network and head become a checkpoint that :func:`ckdn.shipped.load_shipped` reads."""

from __future__ import annotations

from pathlib import Path

from benchmarks.shipped.heads import Head
from ckdn.checkpoint import write_checkpoint
from ckdn.method import CKDN
from ckdn.model import Network


def assemble(variant: str, network: Network, head: Head, path: Path, facts: dict[str, str]) -> None:
    """Write ``variant`` with the embeddings and CSP of ``network`` and the trained ``head``."""
    method = CKDN(variant=variant, recipe="quick", start="random")
    method.network.qse.load_state_dict(network.qse.state_dict())
    if method.network.architecture.reference:
        method.network.dte.load_state_dict(network.dte.state_dict())
    method.network.csp.load_state_dict(network.csp.state_dict())
    method.network.head.load_state_dict(head.folded())
    write_checkpoint(method.trained_state(), path, {"variant": variant, **facts})
