"""One point of a study as a scalar function: draws, then the model - ratios, kernel, status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from leakscape.declare.blame import blamed
from leakscape.declare.correlation import Correlation
from leakscape.declare.distributions import Distribution
from leakscape.declare.kernel import Described
from leakscape.declare.output import Output
from leakscape.declare.population import Population
from leakscape.declare.space import Space
from leakscape.errors import KernelError
from leakscape.status import FIRST_FAILURE, Status

UNLESS_FAILED = "broken unless failed"
"""Begins the name of a condition that reads outputs, among what `judge` reads."""
Scalars = dict[str, Any]


def dtype_of(space: Space) -> Any:
    """Return the floating dtype of a study."""
    return jnp.float64 if space.study.precision == "float64" else jnp.float32


def point_function(space: Space) -> Callable[[Mapping[str, Any]], Scalars]:
    """Compose everything that happens at one point of a sweep.

    Args:
        space: the space.

    Returns:
        A function of the swept scalars - grid values in inside units, 30-bit words for sampled
        parameters - that returns the kept outputs, the sampled values in the study's units, and
        `status` as far as the kernel and the bounds decide it; `judge` does the rest.
    """
    dtype = dtype_of(space)
    population = space.population

    def point(swept: Mapping[str, Any]) -> Scalars:
        sampled = {} if population is None else draws(population, swept, dtype)
        found = at(space, {**swept, **inside(space, sampled)}, space.unproven)
        return {**found, **sampled, "status": found["status"]}

    return point


def inside(space: Space, values: Mapping[str, Any]) -> Scalars:
    """Turn values in the study's units into those that the kernel takes."""
    return {
        name: value * space.inward[name][0] + space.inward[name][1]
        for name, value in values.items()
    }


def at(space: Space, swept: Mapping[str, Any], bounded: Iterable[str]) -> Scalars:
    """Evaluate a study's model at given values: ratios, derived values, the kernel, its status.

    Args:
        space: the space.
        swept: the values that vary, by name, in inside units.
        bounded: kernel parameters whose bounds are asked at this point.

    Returns:
        The kept outputs, and `status` as far as the kernel and the bounds decide it. Besides what
        conditions read: outputs that are not kept, and other values by `read_name`.
    """
    dtype = dtype_of(space)
    resolved = space.resolve(swept, jnp)
    parameters, outside = _poisoned(space, resolved, bounded)
    wanted = (*space.keep, *space.asked)
    keeping = getattr(space.kernel.call, "keeping", None)
    with blamed(f"kernel {space.kernel.name}", own=space.kernel.call):
        call = space.kernel.call if keeping is None else keeping(wanted)
        returned = call(**parameters)
    known = {**space.constants, **swept, **resolved}
    outputs = _kept(space.kernel, returned, wanted, dtype)
    outputs |= _outward(space, outputs, known)
    read = {read_name(name): jnp.asarray(known[name], dtype) for name in space.given}
    status = _status(space.kernel, returned, dtype)
    for lost in outside:
        status = jnp.where(lost, jnp.uint8(Status.OUTSIDE_DOMAIN), status)
    return {**outputs, **read, "status": status}


def _outward(
    space: Space, outputs: Mapping[str, jax.Array], known: Mapping[str, Any]
) -> dict[str, jax.Array]:
    """Return those outputs that the study wants in a unit of its own, in that unit."""
    told = {}
    for name in space.outward.keys() & outputs.keys():
        if not jnp.issubdtype(outputs[name].dtype, jnp.floating):
            raise KernelError(
                f"outputs.units.{name}: {name} is a whole number; leave its unit as it is"
            )
        told[name] = space.outward[name].of(outputs[name], known)
    return told


def read_name(name: str) -> str:
    """Return how a value goes that a condition reads and that is no output."""
    return f"where.{name}"


def _status(kernel: Described, returned: Mapping[str, Any], dtype: Any) -> jax.Array:
    """Take the status that a kernel returned; of one that returns none, say what is undefined.

    Every output that is declared so is asked, kept or not, for status speaks of the solution. The
    kernels of this project return a status and ask what their outputs are made of instead.
    """
    if "status" in returned:
        own = _array(kernel, "status", returned["status"])
        if own.ndim or not jnp.issubdtype(own.dtype, jnp.integer):
            raise KernelError(
                f"kernel {kernel.name}: status must be one whole number, got "
                f"{own.dtype}{[*own.shape]}; return a code such as 1"
            )
        return own.astype(jnp.uint8)
    partial = tuple(
        name
        for name, output in kernel.outputs.items()
        if output.may_be_undefined and output.dimension is None and name in returned
    )
    status = jnp.uint8(Status.OK)
    for value in _kept(kernel, returned, partial, dtype).values():
        status = jnp.where(jnp.isfinite(value), status, jnp.uint8(Status.UNDEFINED_OUTPUT))
    return jnp.asarray(status)


def judge(values: Mapping[str, jax.Array]) -> jax.Array:
    """Settle the status of a point whose values are there.

    It reads finished values, in an executable of its own: inside the kernel's, XLA would compute
    every logarithm twice, once for the value and once for the question whether it is finite.

    This is the one thing that depends on what is kept: a side output that leaves the range of the
    precision, where the kernel did not foresee it, is seen only if it is computed at all.

    Args:
        values: the kept scalar outputs that are always defined, and `status` as the kernel gave it;
            truth values say that a condition is broken, and that of a name with `UNLESS_FAILED` in
            front counts only where the kernel and the bounds let the point pass.

    Returns:
        The status; not finite where any output is not, unless it failed already, and left out
        where a condition is broken.
    """
    status = values["status"]
    passed = status < FIRST_FAILURE
    broken = [
        value & passed if name.startswith(UNLESS_FAILED) else value
        for name, value in values.items()
        if value.dtype == jnp.bool_
    ]
    for name, value in values.items():
        if name != "status" and value.dtype != jnp.bool_:
            lost = jnp.logical_not(jnp.isfinite(value)) & (status < FIRST_FAILURE)
            status = jnp.where(lost, jnp.uint8(Status.NOT_FINITE), status)
    for one in broken:
        status = jnp.where(one, jnp.uint8(Status.LEFT_OUT_BY_A_CONDITION), status)
    return status


def must_be_finite(output: Output, dtype: Any) -> bool:
    """Tell whether NaN in an output is a failure.

    In a list of roots it marks the unused slots; and an output may be undefined by itself.
    """
    scalar = output.dimension is None and jnp.issubdtype(dtype, jnp.floating)
    return bool(scalar) and not output.may_be_undefined


def draw(entry: Distribution, word: jax.Array, dtype: Any) -> jax.Array:
    """Turn a 30-bit word into a draw.

    Args:
        entry: the distribution.
        word: uint32 below 2**30.
        dtype: float32 or float64.

    Returns:
        The value [the distribution's unit], inside its support.
    """
    return jnp.asarray(entry.quantile(uniform(word, dtype), jnp, special))


def draws(population: Population, words: Mapping[str, Any], dtype: Any) -> Scalars:
    """Turn the words of a cell into its parameters.

    Args:
        population: the population; one of measured cells draws none.
        words: parameter -> word, as `draw` takes it.
        dtype: float32 or float64.

    Returns:
        parameter -> value [the distribution's unit].
    """
    shares = {name: uniform(words[name], dtype) for name in population.parameters}
    if population.correlation:
        shares |= correlated(population.correlation, shares)
    return {
        name: jnp.asarray(entry.quantile(shares[name], jnp, special))
        for name, entry in population.parameters.items()
    }


def correlated(correlation: Correlation, shares: Mapping[str, jax.Array]) -> Scalars:
    """Correlate independent shares, by the Cholesky factor of the scores' correlations.

    Args:
        correlation: of the normal scores.
        shares: independent numbers between 0 and 1.

    Returns:
        The shares of those parameters that are correlated.
    """
    names = correlation.names
    factor = np.linalg.cholesky(correlation.matrix(names))
    scores = [special.ndtri(shares[name]) for name in names]
    mixed = {}
    for row, name in enumerate(names):
        score = sum(float(factor[row, i]) * scores[i] for i in range(row + 1))
        mixed[name] = share_of(score)
    return mixed


def share_of(score: Any) -> Any:
    """Return the share of a normal distribution below a score, between 0 and 1, both excluded."""
    least = 2.0**-53 if score.dtype == jnp.float64 else 2.0**-24
    return jnp.clip(special.ndtr(score), least, 1.0 - least)


def uniform(word: jax.Array, dtype: Any) -> jax.Array:
    """Turn 30-bit words into numbers between 0 and 1, both excluded."""
    if dtype == jnp.float64:
        return (word.astype(dtype) + 0.5) * 2.0**-30
    # A plain product would round to 1.0, whose normal quantile is infinite.
    return (word >> 7).astype(dtype) * 2.0**-23 + 2.0**-24


def _kept(
    kernel: Described, returned: Any, keep: tuple[str, ...], dtype: Any
) -> dict[str, jax.Array]:
    """Take the kept outputs of what a kernel returned, and hold it to its declaration."""
    if not isinstance(returned, Mapping):
        raise KernelError(
            f"kernel {kernel.name}: must return a dict, got {type(returned).__name__}; fix it"
        )
    outputs = {}
    for name in keep:
        if name not in returned:
            raise KernelError(f"kernel {kernel.name}: did not return {name!r}; fix it")
        value = _array(kernel, name, returned[name])
        if jnp.issubdtype(value.dtype, jnp.complexfloating):
            raise KernelError(f"kernel {kernel.name}: {name} is complex; return real numbers")
        own = kernel.outputs[name].dimension
        if value.ndim != (0 if own is None else 1):
            shape = "a scalar" if own is None else f"a vector along {own}"
            raise KernelError(f"kernel {kernel.name}: {name} must be {shape}, got {value.shape}")
        small = jnp.issubdtype(value.dtype, jnp.integer) and value.dtype.itemsize == 1
        outputs[name] = value if small else value.astype(dtype)
    return outputs


def _array(kernel: Described, name: str, value: Any) -> jax.Array:
    try:
        return jnp.asarray(value)
    except Exception as error:  # a value may be an object of any kind
        raise KernelError(
            f"kernel {kernel.name}: {name} is no number, got {type(value).__name__}; "
            "return numbers of jax.numpy"
        ) from error


def _poisoned(
    space: Space, parameters: Mapping[str, Any], bounded: Iterable[str]
) -> tuple[dict[str, Any], list[jax.Array]]:
    """Turn a parameter that leaves its bounds into NaN, and tell where it did.

    Of a sweep, declared values are checked once, before it. The NaN reaches just the outputs that
    depend on the parameter, so an output keeps the dimensions that it has.
    """
    settled = dict(parameters)
    outside = []
    for name in bounded:
        low, high = space.kernel.parameters[name].bounds
        within = (settled[name] >= low) & (settled[name] <= high)
        settled[name] = jnp.where(within, settled[name], jnp.nan)
        outside.append(jnp.logical_not(within))
    return settled, outside
