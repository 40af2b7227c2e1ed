"""Writes tables and the report: terminal, Markdown, LaTeX, CSV, JSON and HTML.

A frame of leaderboard rows or a comparison enters; text leaves. Whoever has a table to show builds a ``table.Table``,
and one short file for each format writes any of them.
Imports ``stats``, ``results`` and what is below them; no statistic is computed here.
"""
