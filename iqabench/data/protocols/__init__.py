"""Named protocols of scoring: colour, border, resize rule, bit depth and window, as small TOML files.

A name or a file enters, a :class:`~iqabench.data.protocols.protocol.Protocol` leaves, and pixels as it wants them.
"""
