"""A fit met with its model and its table: functions of one vector, for whatever looks for it.

All of them are pure functions of JAX, to be jitted, vmapped and differentiated, and are called in
float64 where the fit says so, under `jax.enable_x64`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun
from jax.scipy import stats
from numpy.typing import NDArray
from scipy import special

from leakscape.analyse.fit import unknown as priors
from leakscape.analyse.fit.clamp import settled
from leakscape.analyse.fit.places import Drop, Place, Shift, T
from leakscape.analyse.fit.unknown import Unknown
from leakscape.declare.fit import Fit
from leakscape.declare.recordings import Recordings
from leakscape.evaluation.model import Model
from leakscape.evaluation.tracing import structure_of
from leakscape.status import FIRST_FAILURE

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """What has to be found, and how well any vector of values explains the recordings.

    Vectors hold D values, one for each unknown, in their units. Predictions and recordings are
    along (row, output); a cell without a recording has `there` False.

    Args:
        fit: the fit.
        recordings: its table.
        unknowns: D of them.
        model: the model at one row.
        places: parameter of the model -> where its value comes from.
        outputs: columns that were recorded.
        kept: column -> the model's output.
        observed: what was recorded (row, output) [the columns' units]; 0 where nothing was.
        there: whether something was.
        error: standard errors of it (row, output); of a free scatter 1 over the root of the
            recordings behind a value.
        scatter: for every output the unknown that is its scatter; None where that is known.
        offsets: what is added to every output; None for nothing.
        drop: over a resistance in series, of a clamp; None for none.
        df: degrees of freedom of Student's law where they are a number.
        df_unknown: the unknown that they are where they are free; the law is normal without both.
    """

    fit: Fit = field(repr=False)
    recordings: Recordings = field(repr=False)
    unknowns: tuple[Unknown, ...]
    model: Model = field(repr=False)
    places: Mapping[str, Place] = field(repr=False)
    outputs: tuple[str, ...]
    kept: Mapping[str, str] = field(repr=False)
    observed: Floats = field(repr=False)
    there: NDArray[np.bool_] = field(repr=False)
    error: Floats = field(repr=False)
    scatter: tuple[int | None, ...]
    offsets: tuple[Shift | None, ...] = field(repr=False)
    drop: Drop | None = None
    df: float | None = None
    df_unknown: int | None = None

    @property
    def name(self) -> str:
        """How messages call the fit."""
        return self.fit.name

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.observed)

    @property
    def n_data(self) -> int:
        """How many recordings there are."""
        return int(self.there.sum())

    @cached_property
    def model_follows_from(self) -> str | None:
        """What the model's code follows from, hashed; None of a kernel that a user wrote."""
        space = self.model.space
        structure = structure_of(space)
        if structure is None:
            return None
        bounds = {name: told.bounds for name, told in space.kernel.parameters.items()}
        watched = sorted(map(str, space.unproven))
        held = (sorted(space.settled.items()), bounds, watched, self.model.parameters)
        told = repr((structure, self.fit.canonical(), *held))
        return hashlib.sha256(told.encode()).hexdigest()

    @cached_property
    def follows_from(self) -> str | None:
        """The same of the whole problem, the table included."""
        model, rows = self.model_follows_from, self.recordings
        if model is None:
            return None
        arrays: list[Any] = [self.observed, self.there, self.error]
        arrays += [values for _, values in rows.conditions.values()]
        columns = {name: unit for name, (unit, _) in rows.conditions.items()}
        held = [model, repr((columns, rows.labels, rows.units))]
        arrays += [*rows.values.values(), *rows.scatter.values(), *rows.behind.values()]
        code = hashlib.sha256("\n".join(held).encode())
        for array in arrays:
            code.update(repr((array.dtype, array.shape)).encode() + array.tobytes())
        return code.hexdigest()

    @property
    def hierarchical(self) -> bool:
        """Whether numbers of some priors are unknowns themselves."""
        return any(unknown.prior.names for unknown in self.unknowns)

    @property
    def linear_noise(self) -> bool:
        """Whether errors are known and normal, so that residuals are all there is."""
        return self.fit.noise["law"] == "normal" and all(s is None for s in self.scatter)

    @property
    def units(self) -> dict[str, str]:
        """The units in which recordings are held and predictions come."""
        told = self.model.outputs
        return {column: told[output] for column, output in self.kept.items()}

    def from_uniform(self, u: jax.Array) -> jax.Array:
        """Return the values (D,) that have shares u (D,) of their priors below them."""
        return priors.from_uniform(self.unknowns, u)

    def from_normal(self, z: jax.Array) -> jax.Array:
        """Return the values (D,) that standard normal scores z (D,) stand for."""
        return priors.from_normal(self.unknowns, z)

    def to_normal(self, values: jax.Array) -> jax.Array:
        """Return the standard normal scores (D,) of values (D,)."""
        return priors.to_normal(self.unknowns, values)

    def values_of(self, z: Floats) -> Floats:
        """Return the values (n, D) of scores (n, D): `from_normal` of many, without compiling."""
        with np.errstate(all="ignore"):
            return priors.from_normal(self.unknowns, z.T, np, special).T

    def scores_of(self, values: Floats) -> Floats:
        """Return the scores (n, D) of values (n, D): `to_normal` of many, without compiling."""
        with np.errstate(all="ignore"):
            return priors.to_normal(self.unknowns, values.T, np, special).T

    def predict(self, values: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return what would be recorded, but for the noise.

        Args:
            values: (D,).

        Returns:
            (row, output) [the columns' units], NaN where the model has no value, and the model's
            status (row,).
        """
        predictions, status = self._traced(values)
        return predictions, status

    @cached_property
    def _traced(self) -> Callable[[jax.Array], tuple[jax.Array, ...]]:
        """The prediction without the Python of the kernel, which many functions are built on."""
        with jax.enable_x64(True):
            zeros = jax.ShapeDtypeStruct((len(self.unknowns),), np.float64)
            # Jitted, so that its batched and its differentiated forms are made once as well.
            traced: Any = jax.jit(jaxpr_as_fun(jax.make_jaxpr(self._predicted)(zeros)))
        found: Callable[[jax.Array], tuple[jax.Array, ...]] = traced
        return found

    def _predicted(self, values: jax.Array) -> tuple[jax.Array, jax.Array]:
        columns = self.parameters(values)
        found, status = self.modelled(*(jnp.broadcast_to(v, (self.rows,)) for v in columns))
        return self.shifted(found, values), status

    def parameters(self, values: T) -> list[T]:
        """Return the model's parameters along the rows [their units], for vectors (..., D).

        With a resistance in series that follows, and the current that was recorded.
        """
        found = [self.places[name].at(values) for name in self.model.parameters]
        if self.drop is not None:
            current: Any = self.observed[:, self.drop.output]
            found += [self.drop.resistance.at(values), current]
        return found

    def modelled(self, *parameters: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return what the model gives at parameters along rows, without the outputs' offsets.

        Args:
            parameters: arrays (n,), as `parameters` returns them.

        Returns:
            (n, output) [the columns' units], NaN where the model has no value; its status (n,).
        """
        if self.drop is not None:
            *own, resistance, recorded = parameters
            return settled(self.drop, self._at_rows, own, resistance, recorded)
        return self._at_rows(*parameters)

    def _at_rows(self, *parameters: jax.Array) -> tuple[jax.Array, jax.Array]:
        found = jax.vmap(lambda *row: self.model.point({}, *row))(*parameters)
        predicted = jnp.stack([found[self.kept[column]] for column in self.outputs], axis=1)
        failed = found["status"] >= FIRST_FAILURE
        return jnp.where(failed[:, None], jnp.nan, predicted), found["status"]

    def shifted(self, modelled: T, values: T) -> T:
        """Add the outputs' offsets to (..., row, output) for vectors (..., D)."""
        if all(offset is None for offset in self.offsets):
            return modelled
        zero = np.zeros(self.rows)
        shifts = [zero if offset is None else offset.at(values) for offset in self.offsets]
        stacked = jnp.stack if isinstance(values, jax.Array) else np.stack
        found: T = modelled + stacked(shifts, axis=-1)
        return found

    def errors(self, values: jax.Array) -> jax.Array:
        """Return the standard errors (row, output) [the columns' units] at values (D,)."""
        error = jnp.asarray(self.error, values.dtype)
        one = jnp.ones((), values.dtype)
        free = jnp.stack([one if place is None else values[place] for place in self.scatter])
        return error * free[None, :]

    def log_likelihood(self, values: jax.Array) -> jax.Array:
        """Return the natural logarithm of the density of every recording.

        Args:
            values: (D,).

        Returns:
            (row, output) [1 / the columns' units]; 0 where there is no recording, minus infinity
            where the model has no value.
        """
        predicted, _ = self.predict(values)
        observed = jnp.asarray(self.observed, values.dtype)
        has_value = jnp.isfinite(predicted)
        safe = jnp.where(has_value, predicted, observed)  # or gradients would be NaN
        error = self.errors(values)
        if self.df is None and self.df_unknown is None:
            density = stats.norm.logpdf(observed, safe, error)
        else:
            df = jnp.asarray(self.df) if self.df_unknown is None else values[self.df_unknown]
            density = stats.t.logpdf(observed, df, safe, error)
        density = jnp.where(has_value, density, -jnp.inf)
        return jnp.where(self.there, density, 0.0)

    def standardised(self, values: jax.Array) -> jax.Array:
        """Return recorded minus predicted, over the error (row, output); 0 without recording."""
        predicted, _ = self.predict(values)
        residual = (jnp.asarray(self.observed, values.dtype) - predicted) / self.errors(values)
        return jnp.where(self.there, residual, 0.0)

    def chi2(self, values: jax.Array) -> jax.Array:
        """Return the sum of squares of the standardised residuals of the data at values (D,)."""
        return jnp.sum(self.standardised(values) ** 2)

    def residuals(self, z: jax.Array) -> jax.Array:
        """Return standardised residuals: of all cells, and of priors that count as measurements.

        Args:
            z: (D,) standard normal scores.

        Returns:
            (rows x outputs + informative priors,).
        """
        values = self.from_normal(z)
        ours = priors.prior_residuals(self.unknowns, z, values)
        data = self.standardised(values).reshape(-1)
        return jnp.concatenate([data, jnp.stack(ours)]) if ours else data
