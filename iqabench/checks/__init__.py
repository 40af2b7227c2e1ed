"""The checks that every method must pass, ours and a plugin's: ``iqabench check NAME``.

A method enters; a list of findings leaves. Each check is one function that returns nothing if the method passes and
raises :class:`CheckFailed` with a message that teaches what to change. Imports ``scoring``, ``training`` and what is
below them.
"""
