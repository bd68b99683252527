"""`dataset.leakscape`: what Leakscape knows of a dataset, where xarray users look for it.

Registered when this module is imported, which the package does on the first use of `open`, `run`,
`evaluate`, `reduce`, `plot` or `findings`. From then on any dataset has it, also one that
`xarray.open_zarr` opened, and any tree, whose `tree.leakscape.plot()` draws a fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from leakscape.sweep import Sweep

if TYPE_CHECKING:
    from typing import Unpack

    from matplotlib.figure import Figure

    from leakscape.analyse.summary import Summary
    from leakscape.declare.study import Study
    from leakscape.picture.plot import Asked


# xarray's decorator has no types.
@xr.register_dataset_accessor("leakscape")  # type: ignore[no-untyped-call]
@dataclass(frozen=True, eq=False)
class Leakscape:
    """The study of a dataset, its picture, its numbers and its table.

    Args:
        dataset: what `leakscape.open`, `run`, `evaluate`, `reduce` or xarray returned.
    """

    dataset: xr.Dataset

    @cached_property
    def _sweep(self) -> Sweep:
        return Sweep.of(self.dataset)

    @property
    def study(self) -> Study | None:
        """The study, as `leakscape.load` returns one; None where the dataset carries none.

        Its kernel is named and not loaded, and no file is opened: a dataset runs no code. Who
        evaluates the study runs the code that it names. A kernel that was a Python object is a name
        alone here: `study.with_(kernel=...)` gives the object back. Measured cells are those of the
        dataset.

        Raises:
            DeclarationError: what the dataset carries is no study, or lacks its cells.
        """
        from leakscape.analyse.stored_study import carried_study

        return carried_study(self._sweep)

    def findings(
        self,
        *,
        level: str | float | Sequence[str | float] = (),
        output: str = "",
        select: Mapping[str, Any] | None = None,
        study: Study | str | Path | None = None,
        refine: bool = True,
    ) -> Summary:
        """Say in numbers what the dataset shows, as `leakscape.findings` does."""
        from leakscape.analyse.summary import findings

        return findings(
            self.dataset, level=level, output=output, select=select, study=study, refine=refine
        )

    def plot(self, **asked: Unpack[Asked]) -> Figure:
        """Draw the dataset.

        Args:
            **asked: the arguments of `leakscape.plot`: output, x, y, hue, col, kind, select, file,
                title, subtitle, size, xlim, ylim, log, cmap, style, context.

        Returns:
            The figure.
        """
        from leakscape.picture import plot

        return plot(self.dataset, **asked)

    def to_csv(
        self,
        path: str | Path,
        *,
        outputs: Sequence[str] = (),
        select: Mapping[str, str | float] | None = None,
        progress: bool = True,
    ) -> None:
        """Write the dataset as a table: a row per point, units in the header, status in words.

        Args:
            path: the file, which ends in .csv, or in .parquet; one that is there is replaced.
            outputs: which outputs; by default those of one value at a point. One with a dimension
                of its own (times, equilibria, quantiles, bins) has a row for each value along it.
            select: axis -> the value at which it is held; the nearest one that there is is taken.
            progress: whether a terminal or a notebook shows a bar, where it lasts.

        Raises:
            SweepError: an unknown name, too many rows, or a file that cannot be written.
        """
        from leakscape.evaluation.announce import followed
        from leakscape.export import export

        with followed(progress) as bar:
            export(self._sweep, path, outputs=outputs, select=select, watch=bar)


# Nor has this one.
@xr.register_datatree_accessor("leakscape")  # type: ignore[no-untyped-call]
@dataclass(frozen=True, eq=False)
class LeakscapeFit:
    """The picture of a fit.

    Args:
        tree: what `leakscape fit` stored, as `xarray.open_datatree` opens it.
    """

    tree: xr.DataTree

    def plot(self, **asked: Unpack[Asked]) -> Figure:
        """Draw the fit.

        Args:
            **asked: the arguments of `leakscape.plot` that a fit has: output, x, hue, kind, file,
                title, subtitle, size, xlim, ylim, log, style, context.

        Returns:
            The figure.
        """
        from leakscape.picture import plot

        return plot(self.tree, **asked)
