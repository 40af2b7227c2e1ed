"""Text that cannot harm where it is shown: what every format does to names first."""

from __future__ import annotations

from iqabench._util.text import printable

__all__ = ["printable"]
