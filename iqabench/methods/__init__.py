"""What a method is, and where methods are found: base class, declaration, settings, registry.

Names, entry points and plugin files enter; methods leave.
Imports ``data``, ``weights`` and ``_util``.
"""
