"""Data sets, splits, references and images: one reader for each layout on disk.

The name of a data set and a folder enter; a :class:`~iqabench.data.base.Dataset` (a manifest frame and its card) or
pixels leave.
Imports ``weights`` and ``_util``.
"""
