"""What a kernel looks like from outside: its parameters, its outputs, its status.

A kernel is a pure function of named scalars that returns a dict of named scalars. It carries the
description of both, so that its caller needs to know nothing else about it. A factory
carries the description of its options and returns a kernel when called with them. Both are met
by shape alone: any object with the same attributes serves as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leakscape_kernels.codes import NOT_FINITE, OK, OUTSIDE_DOMAIN, REMARKS, Code
from leakscape_kernels.on_demand import Array, Bool, Float, Integer, UInt8, jnp
from leakscape_kernels.structure import told

Values = Mapping[str, Float[Array, ""]]
"""Every parameter of a kernel by name [the parameter's unit]."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One named input of a kernel.

    Args:
        unit: the unit in which the kernel takes the number.
        default: value when none is given [unit]; a text such as "0.1 mmol/L" is a quantity that
            the caller converts; None makes the parameter required.
        bounds: smallest and largest value that makes sense, both included [unit].
        meaning: what the symbol stands for.
        source: where the default comes from.
        divide_by: the parameter by which a whole-cell value becomes this density, as nS become
            mS/cm2 by `area`; the caller divides.
        multiply_by: likewise, as pS/pF become mS/cm2 by `capacitance`.
        whole_cell: units that the caller may take instead, in this order, for all such parameters
            and outputs at once: what is computed is then of the whole cell, from numbers alone.
        valence: of the ion whose concentration it is, None where it is of none that is known.
        role: "potential" of the one at which currents flow.
        remedy: what to do about a value outside the bounds, "" for to change it.
    """

    unit: str
    default: float | str | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)
    meaning: str = ""
    source: str = ""
    divide_by: str | None = None
    multiply_by: str | None = None
    whole_cell: tuple[str, ...] = ()
    valence: int | None = None
    role: str = ""
    remedy: str = ""

    @property
    def structure(self) -> tuple[Any, ...]:
        """What decides what is computed from its value: not the default, for a caller gives it."""
        return self.unit, self.bounds


@dataclass(frozen=True, kw_only=True)
class Output:
    """One named output of a kernel.

    Args:
        unit: the unit in which the kernel returns the number.
        long_name: what a plot writes on its axis.
        dimension: name of the output's own dimension, None for a scalar.
        coordinate: values along that dimension [coordinate_unit]; None counts from 0.
        coordinate_unit: unit of the coordinate.
        headline: whether a caller who names no outputs wants this one.
        may_be_undefined: whether it may be NaN where the solution holds, as E of an absent ion is.
        whole_cell: its units where the parameters are in theirs.
        role: what it is to others, words apart by blanks: potential, current, net_current (of all
            currents), solutions (all of a point), stability, growing and slope (of these), count,
            rate.
        flags: what its whole numbers mean, where they stand for something: number -> word.
    """

    unit: str
    long_name: str = ""
    dimension: str | None = None
    coordinate: tuple[float, ...] | None = None
    coordinate_unit: str = "1"
    headline: bool = False
    may_be_undefined: bool = False
    whole_cell: tuple[str, ...] = ()
    role: str = ""
    flags: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A scalar function with its parameters and outputs.

    Args:
        name: what an error calls it.
        parameters: every input by name.
        outputs: every output by name, `status` excepted.
        evaluate: takes every parameter by name, returns every output and `status`. The status
            is of the solution: an output that may be undefined and is makes it a remark,
            `UNDEFINED_OUTPUT`, whether or not anyone keeps that output, unless NaN is an answer:
            `V_saddle` where there is none.
        codes: what the status codes mean that it may return: number -> name and remedy.
        missing: outputs of its kind that it has not, and why, with the remedy: name -> half a
            sentence.
    """

    name: str
    parameters: Mapping[str, Parameter]
    outputs: Mapping[str, Output]
    evaluate: Callable[[Values], dict[str, Array]]
    codes: Mapping[int, Code] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, **values: Any) -> dict[str, Array]:
        """Evaluate one combination of scalars; what is left out takes its default.

        Numbers take JAX's default precision (float64 inside `jax.enable_x64(True)`).

        Args:
            **values: parameters as plain numbers [the parameter's unit].

        Returns:
            every output [the output's unit] and `status`: 1 where the values hold, 2 to 9 where
            they do with a remark, 10 and above where the result is NaN.

        Raises:
            TypeError: a name is not a parameter of this kernel, or a required one is missing.
        """
        unknown = sorted(values.keys() - self.parameters.keys())
        if unknown:
            raise TypeError(
                f"{self.name}: no parameter named {', '.join(unknown)}; "
                f"it takes {', '.join(self.parameters)}"
            )
        given = {
            name: values[name] if name in values else self._default(name)
            for name in self.parameters
        }
        return self.evaluate({name: jnp.asarray(value, float) for name, value in given.items()})

    @property
    def structure(self) -> str | None:
        """What the kernel computes from the values of its parameters; None where nobody can tell.

        Kernels of one structure return the same for the same values.
        """
        try:
            return told((self.parameters, self.outputs, self.evaluate))
        except TypeError:
            return None

    def keeping(self, names: Collection[str]) -> Kernel:
        """Return this kernel for a caller who wants some outputs alone.

        Args:
            names: of the outputs; the others may be missing in what the kernel returns.

        Returns:
            a kernel with the same values of these outputs, up to rounding, and the same status.
        """
        lean = getattr(self.evaluate, "keeping", None)
        return self if lean is None else replace(self, evaluate=lean(frozenset(names)))

    def _default(self, name: str) -> float:
        """Return the default of a parameter as a number [the parameter's unit].

        A text is read only if it is in the parameter's own unit: this package has no unit library.
        """
        parameter = self.parameters[name]
        if parameter.default is None:
            raise TypeError(f"{self.name}: {name} has no default; give it in {parameter.unit}")
        if isinstance(parameter.default, str):
            number, _, unit = parameter.default.strip().partition(" ")
            if unit.strip() != parameter.unit:
                raise TypeError(
                    f"{self.name}: {name} has the default {parameter.default!r}, which is not in "
                    f"{parameter.unit}; give {name} as a number in {parameter.unit}"
                )
            return float(number)
        return parameter.default


@dataclass(frozen=True, kw_only=True)
class Factory:
    """A callable that returns a kernel for the options that it is given.

    Args:
        name: what an error calls it.
        options: one line of description by option name.
        build: takes the options by keyword, returns the kernel.
        code: where a text of the options may name code, such as "membrane.mechanisms.*.type" (a
            file's "my_channels.py:nmda" too) -> the group of entry points that knows names; the
            caller gives the code in place of the text.
    """

    name: str
    options: Mapping[str, str]
    build: Callable[..., Kernel]
    code: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, **options: Any) -> Kernel:
        """Return the kernel for these options; without options, the standard one.

        Raises:
            ValueError: an option is unknown, or its value is not one that it takes.
        """
        unknown = sorted(options.keys() - self.options.keys())
        if unknown:
            raise ValueError(
                f"{self.name}: no option named {', '.join(unknown)}; "
                f"its options are {', '.join(self.options)}"
            )
        return self.build(**options)


def status(inside: Bool[Array, ""], finite: Bool[Array, ""]) -> UInt8[Array, ""]:
    """Return the status of a point.

    Args:
        inside: whether the parameters lie in the domain of the equation.
        finite: whether the value came out finite.

    Returns:
        1, or 10 for an overflow, or 11 outside the domain.
    """
    code = jnp.where(inside, jnp.where(finite, OK, NOT_FINITE), OUTSIDE_DOMAIN)
    return code.astype(jnp.uint8)


def with_remark(
    code: Integer[Array, ""], remark: int, applies: Bool[Array, ""]
) -> UInt8[Array, ""]:
    """Return a status with a remark where it applies and the status says nothing weightier.

    Args:
        code: a status, other remarks and failures among them.
        remark: one of `REMARKS`.
        applies: whether there is reason for the remark.

    Returns:
        the status; the order in which remarks are added does not matter.
    """
    lighter = (OK, *REMARKS[REMARKS.index(remark) + 1 :])
    yields = sum((code == each for each in lighter), start=jnp.asarray(False))
    return jnp.where(yields & applies, remark, code).astype(jnp.uint8)
