"""The words of `fit`: a table, sentences, where the result is and how it is drawn."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leakscape import interrupt
from leakscape.cli import leaving, streams, terminal
from leakscape.cli.progress import observer
from leakscape.cli.terminal import say
from leakscape.errors import DeclarationError


def fit(
    references: Sequence[str],
    options: Mapping[str, Any],
    store: str | None,
    settings: Sequence[str],
) -> int:
    """Fit one or several models to their table, and compare several.

    Args:
        references: names or paths of fits.
        options: what else `leakscape.fit` takes.
        store: where the result of one is kept; by default `<name>.zarr` here.
        settings: changes to the fits.

    Returns:
        0, or 128 + the number of a signal that interrupted it.

    Raises:
        SweepError: whatever does not allow it.
    """
    from leakscape.analyse.fit import fitting
    from leakscape.analyse.fit.told import card
    from leakscape.declare.fits import load_fit
    from leakscape.evaluation import announce

    if store is not None and len(references) > 1:
        raise DeclarationError(
            "fit: --store is for one fit; each of several is kept as ./<name>.zarr, so leave it out"
        )
    declared = [load_fit(reference, settings) for reference in references]
    paths = [store if store is not None else f"{one.name}.zarr" for one in declared]
    if len(set(paths)) < len(paths):
        raise DeclarationError("fit: two of the fits have one name; change one of them")
    found = []
    for one, path in zip(declared, paths, strict=True):
        watcher = observer()

        def stop(watcher: Any = watcher, path: str = path) -> None:
            watcher.close()
            streams.tell(f"{path}: interrupted, and nothing was written", sys.stderr)

        try:
            with leaving.saying(stop), announce.by(watcher.compiling):
                found.append(fitting.fit(one, store=path, bar=watcher, **options))
        except KeyboardInterrupt:
            stop()
            return interrupt.status()
        finally:
            watcher.close()
        terminal.show(card(found[-1]))
        say()
        say(f"Result: {path}")
    if len(found) > 1:
        from leakscape.analyse.fit.compare import compare
        from leakscape.analyse.fit.compared_table import comparison_table

        say()
        say(comparison_table(compare(found)))
        say()
    for path in paths:
        say(f"Draw it with: {terminal.command('leakscape', 'plot', str(Path(path)))}")
    return 0
