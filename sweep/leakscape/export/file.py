"""Exporting a sweep: checked first, then written block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from leakscape import content, interrupt
from leakscape.amounts import amount
from leakscape.bar import Bar
from leakscape.errors import DeclarationError
from leakscape.export import netcdf
from leakscape.export.chosen import Chosen, choose
from leakscape.export.formats import ENDS, TABLES
from leakscape.export.rows import Watch, blocks
from leakscape.export.whole import whole
from leakscape.shown import shown
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import asked
from leakscape.sweep.reduced import in_order


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Args:
        path: the file.
        rows: how many rows it has; None of one that is no table.
        held: where dimensions were held.
        apart: outputs that are not in it, because they have a dimension of their own -> that one.
    """

    path: Path
    rows: int | None
    held: tuple[Place, ...]
    apart: Mapping[str, str]


def export(
    sweep: Sweep,
    file: str | Path,
    *,
    outputs: Sequence[str] = (),
    select: Mapping[str, str | float] | None = None,
    watch: Watch | None = None,
) -> Exported:
    """Write a sweep as a table, or as a netCDF file.

    Args:
        sweep: the sweep; a reduced one as well.
        file: the file, which ends in .csv, .parquet or .nc; one that is there is replaced.
        outputs: which outputs. By default those of one value at a point, each point a row; with
            outputs that have a dimension of their own - times, equilibria, quantiles, bins - there
            is a row for each value along it. A netCDF file holds all, in their own shapes.
        select: axis -> the value at which it is held; the nearest one that there is is taken,
            and what lies outside the axis refused.
        watch: is told how far a table is.

    Returns:
        What was written.

    Raises:
        SweepError: an unknown name, too many rows, a package that is not installed, a chunk that
            cannot be read, or a file that cannot be written. No file is there then.
        KeyboardInterrupt: Ctrl-C; nor then.
    """
    target = content.located(file, DeclarationError)
    end = target.suffix.lower()
    if end not in ENDS:
        raise DeclarationError(
            f"export: unknown format, got {shown(target.name)}; end it in {', '.join(ENDS)}"
        )
    if target.is_dir():
        raise DeclarationError(f"export: {target} is a folder; give a file")
    select = asked(select)
    sweep = in_order(sweep)
    with interrupt.noticed():
        if end == ".nc":
            _needs("h5netcdf", "netcdf", target)
            dataset, held = netcdf.selected(sweep, outputs, select)
            with whole(target) as partial:
                netcdf.write(partial, dataset)
            return Exported(path=target, rows=None, held=held, apart={})
        chosen = choose(sweep, outputs, select)
        _refuse(chosen, target)
        with whole(target) as partial:
            TABLES[end].write(partial, blocks(chosen, watch or Bar(None)))
    return Exported(path=target, rows=chosen.rows, held=chosen.held, apart=chosen.apart)


def _refuse(chosen: Chosen, target: Path) -> None:
    """Refuse what a format does not hold, before anything is read."""
    form = TABLES[target.suffix.lower()]
    if form.package:
        _needs(form.package, form.extra, target)
    if chosen.rows > form.most_rows:
        other = "" if target.suffix.lower() != ".csv" else ", or write .parquet or .nc"
        raise DeclarationError(
            f"{target.name}: at most {amount(form.most_rows)} rows in such a file, got "
            f"{amount(chosen.rows)}; hold axes with --select AXIS=VALUE{other}"
        )


def _needs(package: str, extra: str, target: Path) -> None:
    if find_spec(package) is None:
        raise DeclarationError(
            f'{target.name}: needs {package} to be written; pip install "leakscape[{extra}]", '
            "or write .csv"
        )
