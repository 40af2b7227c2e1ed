"""The scoring engine: work by reference, decode once, prepare once, append as computed.

Rows of images and methods enter; one score for each image leaves.
Imports ``training``, ``results``, ``methods``, ``data`` and ``_util``.
"""
