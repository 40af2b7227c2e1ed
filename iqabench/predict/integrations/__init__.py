"""Scores inside other people's training loops: plain PyTorch, Lightning, BasicSR-style configs, torchmetrics, trackers.

What enters are batches of restored, degraded and pristine tensors; what leaves are mean scores by name. One file for
each library, which it alone imports. May import every room but ``cli``, ``verify``, ``reproduce`` and ``checks``.
"""
