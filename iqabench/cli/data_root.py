"""``iqabench data root``: where data sets are remembered to lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench._util.text import printable
from iqabench.cli.options import plugin_option
from iqabench.cli.output import echo, tell

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles


@click.command("root")
@click.argument("name", required=False)
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--forget", is_flag=True, help="Forget where NAME lies; its files stay.")
@plugin_option
def data_root(name: str | None, folder: Path | None, forget: bool, plugins: PluginFiles) -> None:
    """Show or change where data sets lie, so that --root need not be typed again.

    \b
    iqabench data root                     all that is remembered, and its file
    iqabench data root pipal /data/pipal   remember it
    iqabench data root pipal --forget

    Every command that takes --dataset or --root uses it; a --root on the line goes before it.
    """
    from iqabench.data.roots import settings_file
    from iqabench.data.settings import read_settings, remember_root

    if folder is not None and forget:
        raise UserError("give DIR or --forget, not both")
    if plugins or folder is not None:
        _require_known(name, plugins)
    if name is None:
        if forget:
            raise UserError("--forget: say which data set, as in: iqabench data root pipal --forget")
        for known, place in sorted(read_settings().roots.items()):
            echo(printable(f"{known}: {place}"))
        tell(f"remembered in {settings_file()}")
    elif folder is not None:
        place_here = folder.expanduser().absolute()
        if not place_here.exists():
            raise UserError(f"{folder}: no such file or folder; 'iqabench data fetch {name}' gets what can be fetched")
        echo(printable(f"{name}: {place_here}; remembered in {remember_root(name, place_here)}"))
    else:
        known_root = read_settings().roots.get(name)
        if known_root is None:
            raise UserError(
                f"no root of {name} is remembered in {settings_file()}; iqabench data root {name} DIR sets it"
            )
        if forget:
            echo(printable(f"{name}: {known_root} forgotten; its files are as they were ({remember_root(name, None)})"))
        else:
            echo(printable(f"{name}: {known_root}"))


def _require_known(name: str | None, plugins: PluginFiles) -> None:
    """Raise UserError for a plugin that cannot be loaded, and for a name that no reader has."""
    from iqabench.data.open import DatasetRegistry
    from iqabench.data.sources import SOURCES

    datasets = DatasetRegistry(plugins)
    known = sorted({*datasets.names(), *SOURCES})
    if name is not None and name not in known:
        raise datasets.unknown(name, known)
