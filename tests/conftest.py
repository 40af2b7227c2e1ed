"""What several rooms' tests share."""

from __future__ import annotations

import os

# Two OpenMP threads on one core are slower than one, and tests run beside other work.
os.environ.setdefault("OMP_PROC_BIND", "true")
