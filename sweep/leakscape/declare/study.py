"""A study: one question, as data.

TOML on disk, a frozen dataclass here, canonical JSON in a store: the same fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakscape.card import html_of, text_of
from leakscape.declare import names
from leakscape.declare.asked_picture import check_picture
from leakscape.declare.asked_sensitivity import check_sensitivity
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.head import check_head
from leakscape.declare.kept import conditions, output_units, outputs
from leakscape.declare.meaning import Meaning
from leakscape.declare.population import population_of
from leakscape.declare.reduction import Reduction
from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown

KEYS = (
    *("name", "question", "expect", "precision", "kernel", "fixed", "derived"),
    *("axes", "population", "where", "outputs", "reduce", "sensitivity", "picture"),
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
        sensitivity: what an analysis of sensitivity asks besides: groups, target; no part of what
            a sweep computes.
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
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    picture: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_head(self, ("fixed", "derived", "axes", "sensitivity", "picture"))
        for key in (*self.fixed, *self.derived):
            names.check(key, "fixed or derived")
        settle = object.__setattr__  # a frozen dataclass settles its fields once, here
        settle(self, "kernel", read_kernel(self.kernel))
        settle(self, "axes", {key: _axis(key, entry) for key, entry in self.axes.items()})
        settle(self, "population", population_of(self.population, self.folder))
        settle(self, "where", conditions(self.where))
        settle(self, "output_units", output_units(self.outputs, self.output_units))
        settle(self, "outputs", outputs(self.outputs))
        settle(self, "reduce", None if self.reduce is None else Reduction.of(self.reduce))
        check_sensitivity(self.sensitivity)
        check_picture(self.picture)

    @property
    def kernel_name(self) -> str:
        """How the study calls its kernel."""
        if isinstance(self.kernel, Mapping):
            return str(self.kernel["name"])
        return str(getattr(self.kernel, "__name__", type(self.kernel).__name__))

    def __repr__(self) -> str:
        from leakscape.declare.portrait import study_card

        return text_of(study_card(self))

    def _repr_html_(self) -> str:
        from leakscape.declare.portrait import study_card

        return html_of(study_card(self))

    def with_(self, **changes: Any) -> Study:
        """Return a study like this one with changes, as `--set` makes them on the command line.

        Args:
            **changes: keys of a study. A table is merged into the one that is there, where None
                removes a key; an axis, a distribution or a list replaces the one of its name.

        Returns:
            The study; this one stays as it is.

        Raises:
            DeclarationError: no such key, or something wrong in it.
        """
        from leakscape.declare.variant import variant

        return variant(self, changes)

    def to_toml(self) -> str:
        """Return the study as the text of a TOML file, which loads to an equal study.

        Raises:
            DeclarationError: it has a part that no file can hold, such as a kernel that is a
                function of this process.
        """
        from leakscape.declare.written import written

        return written(self)

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
            tables["population"] = self.population.as_tables()
        if self.where:
            tables["where"] = {"keep": list(self.where)}
        if self.outputs or self.output_units:
            told = {"keep": list(self.outputs), "units": dict(self.output_units)}
            tables["outputs"] = {key: part for key, part in told.items() if part}
        if self.reduce is not None:
            tables["reduce"] = self.reduce.table()
        for key in ("sensitivity", "picture"):
            if getattr(self, key):
                tables[key] = dict(getattr(self, key))
        return tables

    def meaning(self) -> Meaning:
        """Return what decides the numbers: what one point means, and how far the study reaches.

        Name, question, expectation, picture and what an analysis asks are left out: they may change
        without a new sweep.
        """
        tables = self.tables()
        for key in ("name", "question", "expect", "sensitivity", "picture"):
            tables.pop(key, None)
        tables["axes"] = [[key, table] for key, table in tables.get("axes", {}).items()]
        population = tables.get("population", {})
        if "parameters" in population:
            population["parameters"] = [list(item) for item in population["parameters"].items()]
        return Meaning.of(tables)

    def canonical(self) -> str:
        """Return the whole study as canonical JSON."""
        words: dict[str, Any] = {"name": self.name, "question": self.question}
        words["expect"] = self.expect
        if self.sensitivity:
            words["sensitivity"] = dict(self.sensitivity)
        return canonical_json(self.meaning().tables() | words | {"picture": dict(self.picture)})


def canonical_json(value: Any) -> str:
    """Write JSON with sorted keys and no NaN, so that equal meanings have equal texts."""
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False)


def read_kernel(kernel: Any) -> Any:
    """Read how a kernel is named: by a name, a table with options, or the kernel itself."""
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
