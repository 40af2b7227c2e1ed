"""Step 9: the paper's own form: ``python -m benchmarks.shipped.one_term BEFORE AFTER`` drops the second term.

What the first term was multiplied by becomes part of the head, so that the order of the restorations of one degraded
image stays. How degraded images compare is for the head to learn.
"""

from __future__ import annotations

from pathlib import Path

import click

from ckdn.checkpoint import read_checkpoint, write_checkpoint

SECOND = "network.restorability."
LAST = "network.head.layers.6."


@click.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(dir_okay=False, path_type=Path))
def main(before: Path, after: Path) -> None:
    """Write AFTER: the checkpoint BEFORE without its second term."""
    state, facts = read_checkpoint(before)
    scale = state.get(f"{SECOND}scale", 1.0)
    kept = {name: tensor for name, tensor in state.items() if not name.startswith(SECOND)}
    for name in (f"{LAST}weight", f"{LAST}bias"):
        kept[name] = kept[name] * scale
    write_checkpoint(kept, after, facts)


if __name__ == "__main__":
    main()
