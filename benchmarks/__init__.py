"""The CKDN paper (plans of its tables, figures that it prints, splits of its data set), and what measures the toolkit.

The toolkit finds the three folders through the entry-point group ``iqabench.papers``, as those of any other paper.
"""

from pathlib import Path

_HERE = Path(__file__).parent
PLANS = _HERE / "plans"
SPLITS = _HERE / "splits"
# An installed package holds a copy of the checkout's results/paper.
PUBLISHED = _HERE / "paper" if (_HERE / "paper").is_dir() else _HERE.parent / "results" / "paper"
