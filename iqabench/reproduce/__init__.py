"""Reproduces the tables of a paper: plans in, runs shared between tables, ours beside the published figures out.

Plans and published figures enter through the entry-point group ``iqabench.papers``.
Imports ``runs``, ``render`` and what is below them.
"""
