"""The checks that every method must pass, ours and a plugin's (``iqabench check NAME``), and two tests of good sense.

A method enters; a list of findings leaves. Each check is one function that returns nothing if the method passes and
raises :class:`CheckFailed` with a message that teaches what to change. ``ladder`` asks whether a method knows bad from
worse, ``control`` whether it uses its reference. Imports ``predict`` and what is below it.
"""
