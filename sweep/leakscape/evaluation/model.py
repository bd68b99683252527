"""A study as a function of JAX: values in, outputs and status out, for optimisers and samplers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leakscape.declare.catalogue import study_of
from leakscape.declare.resolve import resolve
from leakscape.declare.space import Space
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError, PlanError
from leakscape.evaluation.announce import announced
from leakscape.evaluation.point import at, dtype_of, inside, judge, must_be_finite
from leakscape.evaluation.sieve import broken, cleared
from leakscape.evaluation.tracing import Structure, structure_of
from leakscape.shown import shown


@dataclass(frozen=True, eq=False)
class Model:
    """A pure function of the values that a study sweeps or samples; made by `model`.

    Called with every one of them by name, as numbers or arrays that broadcast against one another,
    it returns a dict of the kept outputs and `status`, in the shape of the arrays; an output with a
    dimension of its own has it last. It may be jitted, vmapped and differentiated. A value outside
    its parameter's bounds gives status 11 and NaN, one that breaks a condition 16 and NaN.

    Args:
        space: the study met with its kernel.
    """

    space: Space = field(repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """Name -> unit of every value that the function takes, in study order."""
        names: dict[str, str] = {}
        for dimension in self.space.dimensions:
            names |= {name: axis.unit for name, axis in dimension.axes.items()}
        population = self.space.population
        if population is not None and population.table is not None:
            names |= {name: unit for name, (unit, _) in population.table.columns.items()}
        elif population is not None:
            names |= {name: entry.unit for name, entry in population.parameters.items()}
        return names

    @property
    def outputs(self) -> dict[str, str]:
        """Name -> unit of every output that the function returns; `status` besides."""
        return {name: self.space.kernel.outputs[name].unit for name in self.space.keep}

    def __call__(self, **values: Any) -> dict[str, jax.Array]:
        """Evaluate the model.

        Args:
            **values: one for each of `parameters`, in its unit.

        Returns:
            output -> values, and `status` (uint8): below 10 the outputs hold.

        Raises:
            PlanError: a value is missing or unknown, shapes do not broadcast, or the study
                asks for float64 and JAX has it turned off.
        """
        space, dtype = self.space, dtype_of(self.space)
        _refuse_names(space, set(self.parameters), set(values))
        if dtype == jnp.float64 and not jax.config.jax_enable_x64:  # type: ignore[attr-defined]
            raise PlanError(
                f'model of {space.study.name}: precision is "float64", and JAX has it turned off; '
                'call jax.config.update("jax_enable_x64", True) first'
            )
        for name in self.parameters:
            if isinstance(values[name], str):
                raise PlanError(
                    f"model of {space.study.name}: {name} is a number or an array in the unit that "
                    f"`parameters` says, got {values[name]!r}; leave the unit out"
                )
        try:
            arrays = jnp.broadcast_arrays(*(jnp.asarray(values[n], dtype) for n in self.parameters))
        except ValueError as error:
            shapes = {name: jnp.shape(values[name]) for name in self.parameters}
            raise PlanError(
                f"model of {space.study.name}: shapes must broadcast, got {shapes}"
            ) from error
        shape = arrays[0].shape if arrays else ()
        with nullcontext() if shape in self._called else announced():
            self._called.add(shape)
            if not shape:
                return dict(self._compiled.one(self._numbers, *arrays))
            rows = self._compiled.many(self._numbers, *(array.reshape(-1) for array in arrays))
        return {name: value.reshape(*shape, *value.shape[1:]) for name, value in rows.items()}

    @cached_property
    def _numbers(self) -> dict[str, Any]:
        """The constants that are arguments: those of kernels that look at no number."""
        dtype = np.dtype(dtype_of(self.space))
        known = structure_of(self.space) is not None
        return {n: dtype.type(x) for n, x in sorted(self.space.settled.items()) if known}

    @cached_property
    def _compiled(self) -> _Compiled:
        text = structure_of(self.space)
        if text is None:
            return _of(self.point)
        return _shared(Structure(repr((text, self.space.where)), self.space))

    @cached_property
    def _called(self) -> set[Any]:
        """The shapes that it was called for: what comes again is compiled already."""
        return set()

    def point(self, numbers: Mapping[str, Any], *values: Any) -> dict[str, Any]:
        """Compute the model at one point, uncompiled, for what is compiled around it.

        Args:
            numbers: constants that are arguments, by name; those that are missing are code.
            *values: one scalar for each of `parameters`, in order, in its unit.

        Returns:
            output -> value, and `status`.
        """
        space = self.space
        named = dict(zip(self.parameters, values, strict=True))
        bounded = [
            name
            for name, parameter in space.kernel.parameters.items()
            if name in named and parameter.bounds != (-math.inf, math.inf)
        ]
        found = at(space, {**numbers, **inside(space, named)}, (*bounded, *space.unproven))
        declared, told = space.kernel.outputs, broken(space, found)
        names = (*space.keep, *space.asked)
        judged = [name for name in names if must_be_finite(declared[name], found[name].dtype)]
        status = judge({name: found[name] for name in (*judged, "status")} | told)
        kept = {name: found[name] for name in space.keep}
        return cleared(kept, dict.fromkeys(kept, tuple(told.values()))) | {"status": status}


@dataclass(frozen=True)
class _Compiled:
    """What JAX compiles when it is first called.

    Args:
        one: takes constants by name and scalars.
        many: takes constants by name and rows of one length.
    """

    one: Any
    many: Any


def _of(point: Callable[..., Any]) -> _Compiled:
    def many(numbers: Mapping[str, Any], *rows: Any) -> Any:
        return jax.vmap(partial(point, numbers))(*rows)

    return _Compiled(jax.jit(point), jax.jit(many))


@lru_cache(maxsize=32)
def _shared(key: Structure) -> _Compiled:
    return _of(Model(key.space).point)


def model(study: Study | str | Path) -> Model:
    """Make a study's model, for JAX's transformations and whatever builds on them.

    Args:
        study: the study, its name, or the path of its file.

    Returns:
        The function.

    Raises:
        DeclarationError: the study is not sound, does not fit its kernel, or has a condition on
            a label.
    """
    space = resolve(study_of(study, "model"))
    for condition in space.where:
        if condition.labels:
            raise DeclarationError(
                f"model of {space.study.name}: a model takes numbers, and a condition reads a "
                f"label, got {shown(condition.text)}; compare what the label stands for"
            )
    return Model(space)


def _refuse_names(space: Space, wanted: set[str], given: set[str]) -> None:
    for word, names in (("knows no", given - wanted), ("needs", wanted - given)):
        if names:
            raise PlanError(
                f"model of {space.study.name}: {word} {', '.join(sorted(names))}; "
                f"give {', '.join(sorted(wanted)) or 'nothing'}"
            )
