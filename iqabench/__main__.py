"""``python -m iqabench``: the same as the ``iqabench`` command, for launchers that want a module."""

from iqabench.cli.main import main

main()
