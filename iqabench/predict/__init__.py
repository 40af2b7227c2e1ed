"""Scores one's own restored images beside what their restoration was given.

From words on a command line (:mod:`pairs`) or objects in memory (:mod:`call`) to scores (:mod:`score_pairs`), a rank
for each content (:mod:`ranks`), tables (:mod:`tables`) and a page to look at (:mod:`page`). The arithmetic is that of
:mod:`iqabench.scoring`, as in a run. People are asked by :mod:`judging`, :mod:`advice` says which metric to trust.
Imports ``runs``, ``render`` and what is below them.
"""
