"""The space of a study: its dimensions, and how every kernel parameter gets its value there.

Precedence: axis or sampled, then derived, then fixed, then the kernel's default. A ratio
`<A>_over_<B>` stands for A = ratio x B.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from leakscape.declare.axis import Axis
from leakscape.declare.condition import Condition
from leakscape.declare.expression import Expression
from leakscape.declare.kernel import Described
from leakscape.declare.population import CELL, Population
from leakscape.declare.reduction import Reduction
from leakscape.declare.study import Study
from leakscape.declare.whole_cell import Scaled


def label_name(dimension: str) -> str:
    """Return the name of a dimension's labels: its own, but `id` for cells."""
    return "id" if dimension == CELL else dimension


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One swept dimension.

    Args:
        name: the dimension.
        size: its length.
        axes: the parameters that vary along it, with their values; empty for cells.
        label: texts of a linked axis, or the ids of a table, or empty.
    """

    name: str
    size: int
    axes: Mapping[str, Axis] = field(default_factory=dict)
    label: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Space:
    """A study met with its kernel: everything that evaluation needs to know.

    Args:
        study: the study.
        kernel: its kernel.
        dimensions: swept dimensions, axes in file order, then cell.
        units: unit of every named value inside: kernel parameters, ratios, helpers.
        inward: swept name -> factor and offset from the study's unit to the unit inside.
        constants: values that never vary [units].
        ratios: numerator -> (ratio name, denominator).
        derived: parameter -> expression.
        order: the names to compute, each after what it needs.
        keep: outputs that the study keeps where it reduces nothing.
        where: conditions; a point that breaks one is left out.
        reduction: what it reduces, with numbers [the outputs' units]; None where it does not.
        raw: swept density -> the name of the whole-cell value that is swept for it.
        outward: output -> how it comes in the study's unit.
        assumed: area or capacitance, where whole-cell values need it and the study gives none.
    """

    study: Study
    kernel: Described
    dimensions: tuple[Dimension, ...]
    units: Mapping[str, str]
    inward: Mapping[str, tuple[float, float]]
    constants: Mapping[str, float]
    ratios: Mapping[str, tuple[str, str]]
    derived: Mapping[str, Expression]
    order: tuple[str, ...]
    keep: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    reduction: Reduction | None = None
    raw: Mapping[str, str] = field(default_factory=dict)
    outward: Mapping[str, Scaled] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of every swept dimension."""
        return tuple(dimension.size for dimension in self.dimensions)

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of linked axes, and the ids of measured cells, by the name of their own."""
        return {label_name(dim.name): dim.label for dim in self.dimensions if dim.label}

    @property
    def asked(self) -> tuple[str, ...]:
        """Outputs that a condition reads and the study does not keep: computed, and not stored."""
        read = frozenset[str]().union(*(condition.names for condition in self.where))
        return tuple(n for n in self.kernel.outputs if n in read and n not in self.keep)

    @property
    def given(self) -> tuple[str, ...]:
        """What conditions read besides outputs and labels: parameters, ratios, helpers."""
        read = frozenset[str]().union(*(condition.names for condition in self.where))
        return tuple(sorted(read - self.kernel.outputs.keys() - self.labels.keys()))

    @property
    def points(self) -> int:
        """How many combinations there are, as an exact integer."""
        return math.prod(self.shape)

    @property
    def population(self) -> Population | None:
        """The study's population."""
        population: Population | None = self.study.population
        return population

    def resolve(self, swept: Mapping[str, Any], xp: Any) -> dict[str, Any]:
        """Compute every kernel parameter at one point.

        Args:
            swept: the values that vary, by name [units]; those that are settled may be given too.
            xp: array namespace, numpy or jax.numpy.

        Returns:
            parameter -> value, for every parameter of the kernel.
        """
        values: dict[str, Any] = {**self.constants, **swept}
        values |= {alias: values.pop(name) for name, alias in self.raw.items()}
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite
            for name in self.order:
                if name not in swept or name in self.raw:
                    values[name] = self._computed(name, values, xp)
        return {name: values[name] for name in self.kernel.parameters}

    @cached_property
    def settled(self) -> Mapping[str, float]:
        """The constants, and what is computed from constants alone [units]."""
        values = dict(self.constants)
        for name in self.order:
            needs = self.ratios.get(name) or self.derived[name].names
            if values.keys() >= set(needs):
                with np.errstate(all="ignore"):
                    values[name] = float(self._computed(name, values, np))
        return values

    def undefined(self) -> str | None:
        """Return the first value computed from constants alone that is no finite number."""
        return next((n for n in self.order if not math.isfinite(self.settled.get(n, 0.0))), None)

    def _computed(self, name: str, values: Mapping[str, Any], xp: Any) -> Any:
        if name in self.ratios:
            ratio, base = self.ratios[name]
            return values[ratio] * values[base]
        return self.derived[name].compute(values, xp)

    @property
    def unproven(self) -> tuple[str, ...]:
        """Computed parameters whose bounds can only be checked point by point.

        A ratio of two quantities that are never negative cannot leave [0, inf).
        """
        parameters = self.kernel.parameters
        proven = {
            top
            for top, (_, base) in self.ratios.items()
            if parameters[top].bounds == (0.0, math.inf) and parameters[base].bounds[0] >= 0.0
        }
        bounded = {n for n, p in parameters.items() if p.bounds != (-math.inf, math.inf)}
        return tuple(name for name in self.order if name in bounded - proven)
