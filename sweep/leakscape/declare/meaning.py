"""What decides the numbers of a study: its identity, apart from its extent.

The identity is what one point means: how its place is named and what is computed there. The extent
is how far the study reaches: which places along each dimension, how many cells, which outputs are
kept. Two studies of one identity give the same numbers wherever both reach.

How far a dimension reaches is part of the identity where a point depends on it: of the cells of a
latin hypercube, each of which depends on how many there are, and along what is reduced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakscape.declare.population import CELL

_REACH = ("size", "digest")
"""Of a population: how many cells are drawn, or what the rows of a table hold."""


@dataclass(frozen=True)
class Meaning:
    """A study's identity and its extent, as JSON-able data.

    Args:
        identity: kernel, precision, fixed, derived, where, reduce; of axes their names, order and
            units; of a population its sampling, seed and distributions, or the table's name.
        extent: axes and population as far as they reach, and the outputs that are kept.
    """

    identity: Mapping[str, Any]
    extent: Mapping[str, Any]

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> Meaning:
        """Tell the two apart.

        Args:
            tables: of a study, as TOML has them, but axes and the parameters of a population as
                lists of (name, table), because their order counts.

        Raises:
            TypeError: something is no table that must be one.
            ValueError: an axis or a parameter of the population occurs twice.
        """
        identity: dict[str, Any] = _plain(tables)
        for key in ("fixed", "derived", "population", "where", "reduce"):
            _table(identity.get(key, {}), key)
        over = identity.get("reduce", {}).get("over", [])
        rows = _rows(identity.get("axes", []))
        reach: dict[str, Any] = {}
        identity["axes"] = []
        for name, table in rows:
            own, far = _apart(_table(table, name))
            identity["axes"].append([name, table if name in over else own])
            reach |= {} if name in over else {name: far}
        extent: dict[str, Any] = {"axes": reach}
        population = identity.get("population", {})
        _rows(population.get("parameters", []))
        if CELL not in over and population.get("sampling") != "latin_hypercube":
            far = {key: population.pop(key) for key in _REACH if key in population}
            extent |= {"population": far} if far else {}
        if "outputs" in identity:
            extent["outputs"] = identity.pop("outputs")
        return cls(identity, extent)

    @classmethod
    def joined(cls, identity: Mapping[str, Any], extent: Mapping[str, Any]) -> Meaning:
        """Read both as they were stored; what belongs to which is told apart as it is now.

        Raises:
            TypeError: something is no table that must be one.
            ValueError: something is in both, or an axis is in the extent alone.
        """
        reach = dict(_table(extent, "extent"))
        axes = dict(_table(reach.pop("axes", {}), "axes"))
        rows = [[name, _both(part, axes.pop(name, {}))] for name, part in _rows(identity["axes"])]
        if axes:
            raise ValueError(f"axes of the extent alone: {', '.join(axes)}")
        rest = {key: part for key, part in identity.items() if key != "axes"}
        return cls.of(_both(rest, reach) | {"axes": rows})

    @property
    def axes(self) -> dict[str, Any]:
        """The axes in the order of their dimensions: name -> its whole table."""
        reach = self.extent.get("axes", {})
        return {name: _both(own, reach.get(name, {})) for name, own in self.identity["axes"]}

    def tables(self) -> dict[str, Any]:
        """Return both as one, as `of` takes them."""
        identity, extent = (
            {key: part for key, part in one.items() if key != "axes"}
            for one in (self.identity, self.extent)
        )
        return _both(identity, extent) | {"axes": [[n, table] for n, table in self.axes.items()]}


def _plain(value: Any) -> Any:
    """Return JSON-able data as JSON gives it back: with lists for tuples, and nothing shared."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _apart(table: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tell the unit of an axis, or those of a linked one, from its values and labels."""
    own: dict[str, Any] = {}
    reach: dict[str, Any] = {}
    for key, part in table.items():
        if isinstance(part, Mapping):
            own[key], reach[key] = _apart(part)
        else:
            (own if key == "unit" else reach)[key] = part
    return own, reach


def _both(one: Any, other: Any) -> dict[str, Any]:
    """Join two tables that have no entry in common, but for tables."""
    joined = dict(_table(one, "identity"))
    for key, part in _table(other, "extent").items():
        tables = isinstance(part, Mapping) and isinstance(joined.get(key), Mapping)
        if key in joined and not tables:
            raise ValueError(f"{key} is in the identity and in the extent")
        joined[key] = _both(joined[key], part) if tables else part
    return joined


def _rows(rows: Any) -> list[tuple[str, Any]]:
    """Read a list of (name, table)."""
    if not isinstance(rows, list):
        raise TypeError("expected a list of names and tables")
    found = [(name, table) for name, table in rows]
    if not all(isinstance(name, str) for name, _ in found):
        raise TypeError("expected a list of names and tables")
    if len({name for name, _ in found}) != len(found):
        raise ValueError("a name occurs twice")
    return found


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is no table")
    return value
