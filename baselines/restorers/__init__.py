"""Restoration algorithms that ``iqabench synthesize`` can run: classical ones, small networks, GANs and their failures.

Each file holds one family, every function declared by ``@restorer``. These files are imported to list the restorers,
so that they import NumPy, SciPy and torch only where they use them.
"""
