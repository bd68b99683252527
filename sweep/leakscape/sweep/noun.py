"""The noun of a result: a labelled dataset together with the study that it answers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from leakscape.declare import names, units
from leakscape.declare.asked_picture import contour_levels
from leakscape.declare.reduction import Reduction
from leakscape.declare.unit_attribute import spelled
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.status import Code, told_codes
from leakscape.store.values import loaded
from leakscape.sweep.told import told, told_study

_MOST_SPACED = 10_000_000
"""Values of a coordinate that are looked at for how they are spaced."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sweep:
    """A dataset and what its study says of it. Made once, then asked.

    Args:
        dataset: the outputs and coordinates, lazy or in memory.
        study: the tables of the study, as TOML has them; empty in a dataset without one.
        reduction: the reduction that the study declares, None where it declares none.
    """

    dataset: xr.Dataset
    study: Mapping[str, Any]
    reduction: Reduction | None = None

    @classmethod
    def of(cls, dataset: xr.Dataset) -> Sweep:
        """Read the study that a dataset carries.

        Args:
            dataset: what `open`, `evaluate`, `reduce` or any other program returned.
        """
        study = told_study(dataset.attrs)
        table = study.get("reduce")
        reduction = Reduction.of(table) if table else None
        return cls(dataset=dataset, study=study, reduction=reduction)

    def over(self, dataset: xr.Dataset) -> Sweep:
        """Return the sweep of the same study over a dataset that was made from this one's."""
        return replace(self, dataset=dataset)

    @property
    def axes(self) -> dict[str, Any]:
        """The tables of the study's axes."""
        return dict(self.study.get("axes", {}))

    @property
    def picture(self) -> dict[str, Any]:
        """What the study asks of its picture."""
        return dict(self.study.get("picture", {}))

    @property
    def pictured(self) -> tuple[str, ...]:
        """The outputs that the study's picture shows, a panel each; empty where it names none."""
        output = self.picture.get("output", ())
        return (output,) if isinstance(output, str) else tuple(output)

    @property
    def population(self) -> dict[str, Any]:
        """The table of the study's population."""
        return dict(self.study.get("population", {}))

    @property
    def status(self) -> xr.Variable | None:
        """The status of every point, None in a dataset that another program wrote."""
        found = self.dataset.data_vars.get("status")
        return found.variable if found is not None and found.dtype == np.uint8 else None

    @property
    def codes(self) -> dict[int, Code]:
        """What the codes of the status mean, the general ones among them."""
        return told_codes({} if self.status is None else self.status.attrs)

    @property
    def leaves_out(self) -> bool:
        """Whether the study has conditions, so that points may be left out."""
        return bool(self.study.get("where", {}).get("keep")) and self.status is not None

    @property
    def swept(self) -> tuple[str, ...]:
        """The dimensions that are swept: all that are not some output's own."""
        status = self.status
        return tuple(map(str, self.dataset.sizes if status is None else status.dims))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, in the order of the dataset's variables."""
        codes = "status" if self.status is not None else None
        return tuple(str(name) for name in self.dataset.data_vars if name != codes)

    def says(self, key: str, default: str = "", *, of: str = "") -> str:
        """Return a text from the attributes of the dataset, or of one of its variables."""
        attributes = self.dataset[of].attrs if of else self.dataset.attrs
        return told(attributes, key, default)

    def unit_of(self, name: str) -> str:
        """Return the unit of a variable or coordinate, "1" where there is none."""
        if name not in self.dataset.variables:
            return "1"
        return spelled(self.says("units", "1", of=name))

    def is_text(self, name: str) -> bool:
        """Tell whether a coordinate holds labels instead of numbers."""
        return name in self.dataset.coords and self.dataset[name].dtype.kind in "UOST"

    def coordinate_names(self, dims: tuple[Hashable, ...]) -> list[str]:
        """Return the dimensions, and whatever else varies along just one of them."""
        coords = self.dataset.coords.items()
        along = [str(n) for n, c in coords if len(c.dims) == 1 and c.dims[0] in dims]
        return list(dict.fromkeys([*map(str, dims), *along]))

    def dimension_of(self, name: str, output: str, where: str) -> str:
        """Return the dimension that a name means.

        Args:
            name: a dimension, or a coordinate along just one.
            output: the output whose dimensions count.
            where: how messages call the argument.

        Returns:
            A dimension of the output.

        Raises:
            DeclarationError: no such name, or the output does not vary along it.
        """
        dims = self.dataset[output].dims
        if name in dims:
            return name
        if name in self.dataset.coords and len(self.dataset[name].dims) == 1:
            dimension = str(self.dataset[name].dims[0])
            if dimension in dims:
                return dimension
        known = self.coordinate_names(dims)
        if name in self.coordinate_names(tuple(self.dataset.sizes)):
            choice = f"use {', '.join(known[:12])}" if known else "it is a single number"
            raise DeclarationError(f"{where}: {output} does not vary along {name}; {choice}")
        raise DeclarationError(
            f"{where}: unknown name, got {shown(name)}; {names.nearest(name, known)}"
        )

    def levels_of(self, output: str) -> tuple[float, ...]:
        """Return the levels of the study's picture that are of an output's kind [its unit]."""
        unit, levels = self.unit_of(output), []
        for text in contour_levels(self.picture):
            with suppress(DeclarationError):  # a level of another output
                levels.append(units.to_unit(text, unit))
        return tuple(levels)

    def rising(self) -> Sweep:
        """Return a sweep whose axes rise or fall: one in the order of its study is sorted."""
        dataset = self.dataset
        for name, table in self.axes.items():
            if table.get("order") == "given" and name in dataset.indexes:
                dataset = dataset.sortby(name)
        return self.over(dataset)

    def is_logarithmic(self, name: str) -> bool:
        """Tell whether an axis is even in the logarithm, or drawn from such a distribution.

        Args:
            name: an axis or a sampled parameter.

        Returns:
            What the study says; without one, what the stored values look like.
        """
        tables = {**self.axes, **self.population.get("parameters", {})}
        for table in [*tables.values()]:  # parameters of a linked axis are tables inside a table
            tables |= {key: entry for key, entry in table.items() if isinstance(entry, Mapping)}
        table = tables.get(name, {})
        logarithmic = bool({"log", "log_gauss", "loguniform", "lognormal"} & set(table))
        if ("values" not in table and table and not logarithmic) or self.is_text(name):
            return False
        if name not in self.dataset.coords or self.dataset[name].size > _MOST_SPACED:
            return logarithmic
        values = np.asarray(loaded(self.dataset[name]), dtype=np.float64)
        if logarithmic:
            return not np.any(values <= 0.0)
        if values.ndim != 1 or values.size < 4 or not np.all(values > 0.0):
            return False
        if max(values[0], values[-1]) < 10.0 * min(values[0], values[-1]):
            return False
        steps = np.diff(np.log(values))
        even = np.all(np.sign(steps) == np.sign(steps[0])) and np.ptp(steps) < abs(steps.mean())
        return bool(even)
