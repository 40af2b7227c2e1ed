"""Submissions: results as one archive without images, checked again elsewhere, and gathered on a leaderboard site.

A results folder enters, an archive leaves; archives and records of their verification enter, a static site leaves.
"""
