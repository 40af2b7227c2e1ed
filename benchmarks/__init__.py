"""The CKDN paper (plans of its tables, figures that it prints, splits of its data set), and what measures the toolkit.

Beside it, ``EVIDENCE``: how well metrics agree with people, as far as results may be published.

The toolkit finds folders and groups of methods through the entry-point group ``iqabench.papers``, as those of any
other paper.
"""

from pathlib import Path

_HERE = Path(__file__).parent
PLANS = _HERE / "plans"
SPLITS = _HERE / "splits"
# An installed package holds a copy of the checkout's results/paper.
PUBLISHED = _HERE / "paper" if (_HERE / "paper").is_dir() else _HERE.parent / "results" / "paper"
EVIDENCE = _HERE / "evidence"
METHODS = {
    "table2": ("psnr", "ssim", "diqam", "nima", "meon", "hall-iqa", "lpips", "pieapp", "swdn", "ckdn"),
}
"""Methods by the word that stands for them: the ten systems of Table 2."""
