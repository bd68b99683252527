"""`dataset.leakscape`: what Leakscape knows of a dataset, where xarray users look for it.

Registered when this module is imported, which the package does on the first use of `open`, `run`,
`evaluate`, `reduce`, `plot` or `findings`. From then on any dataset has it, also one that
`xarray.open_zarr` opened.
"""

from __future__ import annotations

import copy
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

    from leakscape.picture.plot import Asked


# xarray's decorator has no types.
@xr.register_dataset_accessor("leakscape")  # type: ignore[no-untyped-call]
@dataclass(frozen=True, eq=False)
class Leakscape:
    """The study of a dataset, its picture and its table.

    Args:
        dataset: what `leakscape.open`, `run`, `evaluate`, `reduce` or xarray returned.
    """

    dataset: xr.Dataset

    @cached_property
    def _sweep(self) -> Sweep:
        return Sweep.of(self.dataset)

    @property
    def study(self) -> dict[str, Any]:
        """The tables of the study, as a TOML file has them; empty where the dataset has none.

        They are a copy. The kernel is named, not loaded: a dataset runs no code.
        """
        return copy.deepcopy(dict(self._sweep.study))

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
