"""What CKDN is compared with: metrics and restorers, each in a file of its own.

``full_reference`` and ``no_reference`` hold one file per metric, ``zoo`` the families ``piq:NAME`` and ``pyiqa:NAME``,
``networks`` the networks of the metrics that are trained, ``restorers`` restoration algorithms, and ``shared`` what
several of them use. Files of metrics are imported to list them, so that none imports torch before it scores.
"""
