"""Readers of released data sets with human judgements, one file for each.

In: the folder of a release as it was unpacked. Out: a :class:`iqabench.data.base.Dataset`.
Shared: where files lie (``places``), what label files say (``label_files``), what a release must hold (``release``).
"""
