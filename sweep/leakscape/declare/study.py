"""A study: one question, as data.

TOML on disk, a frozen dataclass here, canonical JSON in a store: the same fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakscape.declare import names, units
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.kept import conditions, output_units, outputs
from leakscape.declare.meaning import Meaning
from leakscape.declare.population import Population
from leakscape.declare.reduction import Reduction
from leakscape.declare.table import read_table, table_of
from leakscape.declare.tables.frames import is_frame
from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown
from leakscape.spelling import openable

PICTURE_KEYS = ("output", "x", "y", "hue", "select", "contour")
KEYS = (
    *("name", "question", "expect", "precision", "kernel", "fixed", "derived"),
    *("axes", "population", "where", "outputs", "reduce", "picture"),
)


@dataclass(frozen=True, kw_only=True)
class Study:
    """What to evaluate, over which combinations, and what to keep.

    Args:
        name: names the store; letters, digits and _.
        kernel: a name, a table with `name` and options, or a kernel object.
        question: what the study asks.
        expect: what the theory says, with numbers.
        precision: float32 or float64.
        fixed: parameter -> "number unit"; overrides the kernel's defaults.
        derived: parameter -> expression over axes, sampled and fixed values.
        axes: dimension -> Axis, LinkedAxis or their TOML tables, in dimension order.
        population: a Population, its TOML table, or a DataFrame; adds the dimension `cell`.
        where: conditions such as "V_rest > -60 mV", or the TOML table; a point that breaks one is
            left out.
        outputs: which outputs to keep, or the TOML table; empty keeps the kernel's headline
            outputs.
        output_units: output -> the unit in which it is stored, where that is not the kernel's; in
            TOML `units` of the table `outputs`.
        reduce: a Reduction or its TOML table: statistics of outputs over some dimensions, instead
            of the outputs themselves; None keeps the outputs.
        picture: what `plot` draws first: output, x, y, hue, select, contour.
        folder: where relative files of the study are; no part of its meaning.
    """

    name: str
    kernel: Any
    question: str = ""
    expect: str = ""
    precision: str = "float32"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[str, Any] = field(default_factory=dict)
    population: Any = None
    where: Any = ()
    outputs: Any = ()
    output_units: Mapping[str, str] = field(default_factory=dict)
    reduce: Any = None
    picture: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        names.check(self.name, "name")
        for key in ("question", "expect"):
            if not isinstance(getattr(self, key), str):
                raise DeclarationError(f"{key}: expected text, got {shown(getattr(self, key))}")
        if self.precision not in ("float32", "float64"):
            raise DeclarationError(
                f"precision: expected float32 or float64, got {shown(self.precision)}; "
                "write one of them"
            )
        for key in ("fixed", "derived", "axes", "picture"):
            _table(getattr(self, key), key)
        for key in (*self.fixed, *self.derived):
            names.check(key, "fixed or derived")
        settle = object.__setattr__  # a frozen dataclass settles its fields once, here
        settle(self, "kernel", _kernel(self.kernel))
        settle(self, "axes", {key: _axis(key, entry) for key, entry in self.axes.items()})
        settle(self, "population", _population(self.population, self.folder))
        settle(self, "where", conditions(self.where))
        settle(self, "output_units", output_units(self.outputs, self.output_units))
        settle(self, "outputs", outputs(self.outputs))
        settle(self, "reduce", None if self.reduce is None else Reduction.of(self.reduce))
        check_picture(self.picture)

    @property
    def kernel_name(self) -> str:
        """How the study calls its kernel."""
        if isinstance(self.kernel, Mapping):
            return str(self.kernel["name"])
        return str(getattr(self.kernel, "__name__", type(self.kernel).__name__))

    def tables(self) -> dict[str, Any]:
        """Return the study as TOML tables; a kernel object appears by name."""
        kernel = (
            dict(self.kernel) if isinstance(self.kernel, Mapping) else {"name": self.kernel_name}
        )
        tables: dict[str, Any] = {"name": self.name}
        for key in ("question", "expect"):
            if getattr(self, key):
                tables[key] = getattr(self, key)
        tables |= {"precision": self.precision, "kernel": kernel}
        for key in ("fixed", "derived"):
            if getattr(self, key):
                tables[key] = dict(getattr(self, key))
        if self.axes:
            tables["axes"] = {key: axis.table() for key, axis in self.axes.items()}
        if self.population is not None:
            tables["population"] = _population_table(self.population)
        if self.where:
            tables["where"] = {"keep": list(self.where)}
        if self.outputs or self.output_units:
            told = {"keep": list(self.outputs), "units": dict(self.output_units)}
            tables["outputs"] = {key: part for key, part in told.items() if part}
        if self.reduce is not None:
            tables["reduce"] = self.reduce.table()
        if self.picture:
            tables["picture"] = dict(self.picture)
        return tables

    def meaning(self) -> Meaning:
        """Return what decides the numbers: what one point means, and how far the study reaches.

        Name, question, expectation and picture are left out: they may change without a new sweep.
        """
        tables = self.tables()
        for key in ("name", "question", "expect", "picture"):
            tables.pop(key, None)
        tables["axes"] = [[key, table] for key, table in tables.get("axes", {}).items()]
        population = tables.get("population", {})
        if "parameters" in population:
            population["parameters"] = [list(item) for item in population["parameters"].items()]
        return Meaning.of(tables)

    def canonical(self) -> str:
        """Return the whole study as canonical JSON."""
        words = {"name": self.name, "question": self.question, "expect": self.expect}
        return canonical_json(self.meaning().tables() | words | {"picture": dict(self.picture)})


def canonical_json(value: Any) -> str:
    """Write JSON with sorted keys and no NaN, so that equal meanings have equal texts."""
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False)


def _table(value: object, where: str) -> None:
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where}: expected a table, got {shown(value)}; write [{where}]")


def _kernel(kernel: Any) -> Any:
    if isinstance(kernel, str):
        kernel = {"name": kernel}
    if isinstance(kernel, Mapping):
        if not isinstance(kernel.get("name"), str):
            raise DeclarationError(f"kernel: name is missing, got {shown(kernel)}; add it")
        if wrong := fault(kernel):
            raise DeclarationError(f"kernel.{wrong}")
        return dict(kernel)
    if not callable(kernel):
        raise DeclarationError(f"kernel: expected a name, a table or a kernel, got {shown(kernel)}")
    return kernel


def _axis(name: str, entry: Any) -> Axis | LinkedAxis:
    names.check(name, "axes")
    try:
        if isinstance(entry, Axis | LinkedAxis):
            return entry
        rows = isinstance(entry, Mapping) and (
            "label" in entry or any(isinstance(part, Mapping | Axis) for part in entry.values())
        )
        return LinkedAxis.of(entry) if rows else Axis.of(entry)
    except DeclarationError as error:
        raise DeclarationError(f"axes.{name}: {error}") from error


def _population(entry: Any, folder: Path | None) -> Population | None:
    if entry is None or isinstance(entry, Population):
        return entry
    if is_frame(entry):
        return Population(table=entry)
    _table(entry, "population")
    known = ("size", "sampling", "seed", "parameters", "table", "digest")
    for key in entry:
        if key not in known:
            remedy = names.nearest(key, known[:5])
            raise DeclarationError(f"population: unknown key, got {shown(key)}; {remedy}")
    if "table" in entry:
        return _measured(entry, folder)
    if "digest" in entry:
        raise DeclarationError("population.digest: goes with a table, got none; remove it")
    return Population(**entry)


def _measured(entry: Mapping[str, Any], folder: Path | None) -> Population:
    for key in ("size", "sampling", "seed", "parameters"):
        if key in entry:
            raise DeclarationError(f"population.{key}: a table has its own rows; remove {key}")
    given, sd = entry["table"], False
    if isinstance(given, Mapping) and not is_frame(given):
        if extra := sorted(set(given) - {"file", "sd"}):
            raise DeclarationError(
                f"population.table: unknown key, got {shown(extra[0])}; use file and sd"
            )
        sd = given.get("sd", False)
        given = given.get("file")
    if not isinstance(sd, bool):
        raise DeclarationError(f"population.table.sd: expected true or false, got {shown(sd)}")
    if is_frame(given):
        return Population(table=table_of(given, sd=sd))
    if not isinstance(given, str):
        raise DeclarationError(f"population.table: expected a file name, got {shown(given)}")
    table = read_table((folder or Path()) / openable(given), given, sd=sd)
    if entry.get("digest", table.digest) != table.digest:
        raise DeclarationError(f"{given}: content differs from the one swept; restore the file")
    return Population(table=table)


def _population_table(population: Population) -> dict[str, Any]:
    if population.table is not None:
        return {"table": population.table.declared(), "digest": population.table.digest}
    return {
        "size": population.size,
        "sampling": population.sampling,
        "seed": population.seed,
        "parameters": {name: drawn.table() for name, drawn in population.parameters.items()},
    }


def check_picture(picture: Any) -> None:
    """Refuse a picture that asks for what no picture has.

    Raises:
        DeclarationError: an unknown key, or something of another type than its key wants.
    """
    _table(picture, "picture")
    if wrong := fault(picture):
        raise DeclarationError(f"picture.{wrong}")
    for key, value in picture.items():
        if key not in PICTURE_KEYS:
            remedy = names.nearest(key, PICTURE_KEYS)
            raise DeclarationError(f"picture: unknown key, got {shown(key)}; {remedy}")
        if key in ("output", "x", "y", "hue") and not isinstance(value, str):
            raise DeclarationError(f"picture.{key}: expected a name, got {shown(value)}")
    select = picture.get("select", {})
    _table(select, "picture.select")
    for name, value in select.items():
        if not isinstance(value, str | int | float):
            raise DeclarationError(f"picture.select.{name}: expected a value, got {shown(value)}")
    for level in contour_levels(picture):
        if not isinstance(level, str):
            raise DeclarationError(f'picture.contour: expected "-55 mV", got {shown(level)}')
        units.split_quantity(level)


def contour_levels(picture: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the contour levels that a picture asks for: one text or a list of them."""
    levels = picture.get("contour", ())
    return tuple(levels) if isinstance(levels, list | tuple) else (levels,)
