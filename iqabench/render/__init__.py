"""Writes tables and the report: terminal, Markdown, LaTeX, CSV, JSON and HTML.

A frame of leaderboard rows or a comparison enters; text leaves.
Imports ``stats``, ``results`` and what is below them; no statistic is computed here.
"""
