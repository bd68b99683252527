"""The noun of a fit's result: a labelled tree together with the fit that it answers.

Its groups are ArviZ's (`posterior`, `prior`, `observed_data` ...), and `best`, `scan` and `curves`
beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.plain import crowded, fault
from leakscape.store.values import loaded
from leakscape.sweep.noun import Sweep
from leakscape.sweep.told import told

FIT = "fit"
"""Attribute of the root in which a tree carries its fit."""
OBSERVED, BEST, POSTERIOR, PRIOR, SCAN, CURVES = (
    *("observed_data", "best", "posterior", "prior", "scan", "curves"),
)
PARAMETER, ROW, POINT = "parameter", "row", "curve_point"
_DRAWN = ("chain", "draw")
_LOGARITHMIC = ("loguniform", "lognormal")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """One number that was fitted.

    Args:
        name: of the variable that it is part of.
        label: the text of the column that it is for; empty where it is one for all.
        dimension: that column.
        unit: its unit.
        logarithmic: whether its natural scale is the logarithm.
    """

    name: str
    label: str
    dimension: str
    unit: str
    logarithmic: bool

    @property
    def flat_name(self) -> str:
        """Its name with its label, as ArviZ writes it."""
        return f"{self.name}[{self.label}]" if self.label else self.name


@dataclass(frozen=True, eq=False, kw_only=True)
class Fitted:
    """A tree and what its fit says of it. Made once, then asked.

    Args:
        tree: the groups, lazy or in memory.
        fit: the tables of the fit, as TOML has them.
    """

    tree: xr.DataTree
    fit: Mapping[str, Any]

    @classmethod
    def of(cls, tree: xr.DataTree) -> Fitted:
        """Read the fit that a tree carries.

        Raises:
            DeclarationError: it carries none, or holds no recordings.
        """
        text = tree.attrs.get(FIT)
        fit: Any = None
        if isinstance(text, str) and not crowded(text):
            try:
                fit = json.loads(text)
            except (ValueError, RecursionError):
                fit = None
        if not isinstance(fit, dict) or fault(fit):
            raise DeclarationError(
                "plot: expected a fit, got a tree without one in its attributes; "
                "give what `leakscape fit` stored"
            )
        if OBSERVED not in tree.children or not tree[OBSERVED].data_vars:
            raise DeclarationError(f"plot: this fit has no group {OBSERVED}; fit again")
        return cls(tree=tree, fit=fit)

    def says(self, key: str, default: str = "") -> str:
        """Return a text of the root's attributes."""
        return told(self.tree.attrs, key, default)

    @cached_property
    def groups(self) -> dict[str, Sweep]:
        """The groups by name."""
        return {
            str(name): Sweep.of(node.to_dataset(inherit=False))
            for name, node in self.tree.children.items()
        }

    @property
    def observed(self) -> Sweep:
        """The table of recordings."""
        return self.groups[OBSERVED]

    def holds(self, group: str, *names: str) -> bool:
        """Tell whether a group is there with all of some variables."""
        found = self.groups.get(group)
        return found is not None and all(name in found.dataset.variables for name in names)

    def values(self, group: str, name: str) -> Numbers:
        """Return the values of a variable of a group."""
        return np.asarray(loaded(self.groups[group].dataset[name]), np.float64)

    def texts(self, group: str, name: str) -> list[str]:
        """Return the labels of a coordinate of a group."""
        return [str(text) for text in loaded(self.groups[group].dataset[name])]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The columns that were recorded."""
        return tuple(name for name in self.observed.outputs if not self._is_error(name))

    def _is_error(self, name: str) -> bool:
        return name.endswith("_error") and name.removesuffix("_error") in self.observed.outputs

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The columns that differ from row to row and were told to the model."""
        data = self.fit.get("data")
        named = data.get("conditions") if isinstance(data, Mapping) else None
        known = named if isinstance(named, list) else self.columns
        numbers = [str(n) for n in known if n in self.columns and not self.observed.is_text(n)]
        return tuple(n for n in numbers if np.ptp(self.values(OBSERVED, n)) > 0.0)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that are no recordings, in its order."""
        found = self.observed.dataset.coords.items()
        return tuple(str(name) for name, held in found if held.dims == (ROW,) and name != ROW)

    @property
    def labels(self) -> tuple[str, ...]:
        """Those that hold texts, the ones first of which an unknown has a value for each."""
        own = {unknown.dimension for unknown in self.unknowns}
        texts = [name for name in self.columns if self.observed.is_text(name)]
        return tuple(sorted(texts, key=lambda name: name not in own))

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What was fitted, in the order of the fit."""
        group = next((name for name in (POSTERIOR, PRIOR, BEST) if name in self.groups), "")
        if not group:
            return ()
        dataset = self.groups[group].dataset
        known = [u for name in dataset.data_vars for u in self._of_variable(group, str(name))]
        if not self.holds(BEST, PARAMETER):
            return tuple(known) if group != BEST else ()
        by_name = {unknown.flat_name: unknown for unknown in known}
        order = self.texts(BEST, PARAMETER)
        return tuple(by_name[name] for name in order if name in by_name)

    def _of_variable(self, group: str, name: str) -> list[Unknown]:
        sweep = self.groups[group]
        dims = [str(dim) for dim in sweep.dataset[name].dims if dim not in _DRAWN]
        if len(dims) > 1 or any(not sweep.is_text(dim) for dim in dims):
            return []
        dimension = dims[0] if dims else ""
        own: dict[str, Any] = {
            "name": name,
            "dimension": dimension,
            "unit": sweep.unit_of(name),
            "logarithmic": self._is_logarithmic(name),
        }
        labels = self.texts(group, dimension) if dimension else [""]
        return [Unknown(label=label, **own) for label in labels]

    def _is_logarithmic(self, name: str) -> bool:
        """Tell whether an unknown's natural scale is the logarithm: as said, or by its prior."""
        said = [g.dataset[name].attrs for g in self.groups.values() if name in g.dataset.data_vars]
        if any(attributes.get("scale") == "log" for attributes in said):
            return True
        free = self.fit.get("free", ())
        if isinstance(free, list):  # the order counts: a list of names with their tables
            free = {entry[0]: entry[1] for entry in free if isinstance(entry, list)}
        prior = free.get(name) if isinstance(free, Mapping) else None
        return isinstance(prior, Mapping) and any(law in prior for law in _LOGARITHMIC)

    def draws(self, group: str, unknown: Unknown) -> Numbers:
        """Return what was drawn of an unknown, chains one after the other.

        Args:
            group: `posterior` or `prior`.
            unknown: which.
        """
        return np.asarray(loaded(self._taken(group, unknown)), np.float64).reshape(-1)

    def best(self, unknown: Unknown) -> float | None:
        """Return the best value of an unknown, None where there is none."""
        if not self.holds(BEST, unknown.name):
            return None
        value = float(loaded(self._taken(BEST, unknown)))
        return value if np.isfinite(value) else None

    def _taken(self, group: str, unknown: Unknown) -> xr.DataArray:
        found = self.groups[group].dataset[unknown.name]
        if not unknown.dimension:
            return found
        place = self.texts(group, unknown.dimension).index(unknown.label)
        return found.isel({unknown.dimension: place})

    def place(self, unknown: Unknown, group: str = BEST) -> int:
        """Return the place of an unknown along `parameter`."""
        return self.texts(group, PARAMETER).index(unknown.flat_name)
