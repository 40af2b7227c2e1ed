"""Where the ``iqabench`` command and ``python -m iqabench`` begin: signals first, then everything else."""

from iqabench._util import interruption


def main() -> None:
    """Run the command; see :func:`iqabench.cli.main.main`."""
    interruption.listen()
    from iqabench.cli.main import main as command

    try:
        command()
    except KeyboardInterrupt:  # a signal between the work and its end
        interruption.leave(interruption.received() or 2)


if __name__ == "__main__":
    main()
