"""The numbers of a sweep as tables, to be read beside its picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from leakscape.analyse.every_value import found_in
from leakscape.analyse.findings import Asked, Findings, find, find_levels
from leakscape.analyse.folds import Fold, find_folds
from leakscape.analyse.records import COLUMNS, Records, records
from leakscape.analyse.spread import Spread, find_spreads
from leakscape.analyse.stored_study import stored_study
from leakscape.analyse.summary_card import summary_card
from leakscape.card import Card, html_of, text_of
from leakscape.declare.catalogue import study_of
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.store.open import labelled
from leakscape.sweep import Sweep, reduced
from leakscape.sweep.place import asked, hold

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The numbers of a sweep, as `leakscape findings` prints them.

    Args:
        name: of the study.
        found: ranges, levels with shares and crossings, codes; what a reduction lacks.
        places: where a count such as n_equilibria changes: folds.
        spreads: outputs over the cells of a population.
    """

    name: str
    found: Findings
    places: tuple[Fold, ...]
    spreads: tuple[Spread, ...]

    @property
    def ranges(self) -> pd.DataFrame:
        """Each output from its smallest to its largest value, and what share has one."""
        return self._frame("ranges")

    @property
    def words(self) -> pd.DataFrame:
        """What share of the points has which word, of outputs whose numbers stand for words."""
        return self._frame("words")

    @property
    def crossings(self) -> pd.DataFrame:
        """Where outputs cross levels, along each axis and along time: between low and high."""
        return self._frame("crossings")

    @property
    def shares(self) -> pd.DataFrame:
        """What share of an output lies above a level, under each condition."""
        return self._frame("shares")

    @property
    def quantiles(self) -> pd.DataFrame:
        """Medians, quantiles, means and deviations over the cells of a population."""
        return self._frame("quantiles")

    @property
    def folds(self) -> pd.DataFrame:
        """Where a count such as n_equilibria changes along an axis: between low and high."""
        return self._frame("folds")

    @property
    def missing(self) -> pd.DataFrame:
        """Points that are in no statistic of a reduction: failed, left out, without a value."""
        return self._frame("missing")

    def _frame(self, table: str) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(self.records()[table], columns=[*COLUMNS[table]])

    def records(self) -> dict[str, Records]:
        """Return all tables, each as a list of rows."""
        return records(self.found, self.places, self.spreads)

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data for JSON; null stands for NaN."""
        counts = {"points": self.found.points, "reduced": self.found.reduced}
        counts["left_out"] = self.found.n_left_out
        status = {str(code): number for code, number in sorted(self.found.status.items())}
        tables = {
            key: [{name: _plain(value) for name, value in row.items()} for row in rows]
            for key, rows in self.records().items()
        }
        return {"name": self.name} | counts | {"status": status} | tables

    @property
    def card(self) -> Card:
        """Everything, in the order in which it is read."""
        return summary_card(self.name, self.found, self.places, self.spreads)

    def __repr__(self) -> str:
        return text_of(self.card)

    def _repr_html_(self) -> str:
        return html_of(self.card)


def findings(
    sweep: xr.Dataset | str | Path,
    *,
    level: str | float | Sequence[str | float] = (),
    output: str = "",
    select: Mapping[str, Any] | None = None,
    study: Study | str | Path | None = None,
    refine: bool = True,
) -> Summary:
    """Say in numbers what a sweep shows.

    Args:
        sweep: the path of a store, finished or not, or a dataset of `evaluate`, `reduce` or `open`.
        level: one or several, such as "-55 mV", a number alone where the output has no unit; by
            default those of the study's picture.
        output: what crosses them; by default what the picture shows.
        select: axis -> the value that it is held at, the nearest there is.
        study: the study that it is of, its name or its file, which is evaluated between two points
            of the grid to narrow crossings and folds down. By default the one that the sweep
            carries, if its kernel is an installed one: no code that a store names is run.
        refine: whether to do that at all; where cells are drawn it cannot be done.

    Returns:
        The numbers, as text, HTML and DataFrames.

    Raises:
        SweepError: no sweep there, no such output, or a level of another kind.
    """
    levels = (level,) if isinstance(level, str | int | float) else tuple(level)
    wanted = Asked(output=output, levels=levels)
    if isinstance(sweep, str | Path):
        whole = Sweep.of(labelled(sweep, times=True, dask=False))
    elif isinstance(sweep, xr.Dataset):
        whole = reduced.in_order(Sweep.of(sweep))
    else:
        raise DeclarationError(
            f"findings: expected a dataset or the path of a store, got {shown(sweep)}; give one"
        )
    if study is not None:
        study = study_of(study, "findings")
    study = (study or stored_study(whole)) if refine else None
    part = _part(whole.rising(), select)
    if isinstance(sweep, str | Path) and not select:
        found = find(sweep, study, wanted)
    elif whole.status is None:
        raise DeclarationError(
            "findings: expected a sweep, got a dataset without a status; give one of evaluate, "
            "reduce or open"
        )
    else:
        found = found_in(part, find_levels(part, study, wanted))
    return Summary(
        name=part.says("title", "sweep"),
        found=found,
        places=find_folds(part, study),
        spreads=find_spreads(part),
    )


def _part(sweep: Sweep, select: Mapping[str, Any] | None) -> Sweep:
    """Hold axes at values; they stay, with one place each."""
    held = hold(sweep, tuple(map(str, sweep.dataset.sizes)), asked(select))
    one = {place.dimension: slice(place.index, place.index + 1) for place in held}
    return sweep.over(sweep.dataset.isel(one))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
