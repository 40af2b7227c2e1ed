"""Families of metrics that other libraries compute: ``piq:NAME`` and ``pyiqa:NAME``."""
