"""The words of `export`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from leakscape.amounts import amount, quantity
from leakscape.cli import leaving
from leakscape.cli.progress import observer
from leakscape.cli.streams import tell
from leakscape.cli.terminal import say


def export(path: str, file: str, outputs: Sequence[str], select: Mapping[str, str]) -> int:
    """Write a table, and say what is in it and what is not."""
    import sys

    from leakscape import export as exports
    from leakscape.export.whole import aside
    from leakscape.store.open import labelled
    from leakscape.sweep import Sweep

    def interrupted() -> None:
        with suppress(OSError):
            aside(Path(file).absolute()).unlink()
        tell(f"interrupted: {file} was not written; run the same command again", sys.stderr)

    netcdf = file.lower().endswith(".nc")
    sweep = Sweep.of(labelled(path, times=not netcdf, dask=netcdf))
    watch = observer()
    try:
        with leaving.saying(interrupted):
            done = exports.export(sweep, file, outputs=outputs, select=select, watch=watch)
    finally:
        watch.close()
    for place in done.held:
        if place.asked is not None:
            asked, taken = (quantity(v, place.unit) for v in (place.asked, place.value))
            say(f"{place.name}: {taken} is the nearest to {asked}")
    if done.apart:
        told = ", ".join(f"{name} (along {dims})" for name, dims in done.apart.items())
        say(f"Not in it: {told}; --output {next(iter(done.apart))} gives these rows of their own")
    if done.rows is None:
        say(f"File: {file}")
    else:
        say(f"Table: {file}, {amount(done.rows)} row{'s' if done.rows != 1 else ''}")
    return 0
