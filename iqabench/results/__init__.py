"""What lies on disk of a run: per-image scores, labels, provenance, and the signature that names it all.

Rows of scores enter; files leave, and the same rows again.
Imports ``methods``, ``data``, ``weights`` and ``_util``.
"""
