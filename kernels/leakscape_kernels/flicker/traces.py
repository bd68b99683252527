r"""Traces of a potential that flickers with its channels: one random path of the exact process.

Gillespie's direct method: with n of N channels open the next event comes after an exponential time
with the rate $R = (N - n)p/\tau_c + n(1 - p)/\tau_c$ and opens a channel with the probability
$(N - n)p/(\tau_c R)$. Between events V relaxes to its rest at that n with the rate
$(\gamma n + g)/C$: an exponential, evaluated exactly, as are the integrals of V and V^2 over each
piece. No step of time is chosen, so there is no error of one. At a time that is stored the waiting
time is drawn anew, which changes nothing: it has no memory.

The path starts at time 0 with n drawn from its binomial law and V at V*. Averages run from the
first time to the last, so that a first time of several tau_c and tau_m lets the start be forgotten.

The words of event i of a seed are a function of the two (see `random_words`). Seeds are therefore
independent cells, on a CPU or a GPU, alone or in a batch, and an axis of seeds is a population.

References:
    Gillespie DT (1977) Exact stochastic simulation of coupled chemical reactions. J Phys Chem
    81:2340-2361. doi:10.1021/j100540a008
    Davis MHA (1984) Piecewise-deterministic Markov processes: a general class of non-diffusion
    stochastic models. J R Stat Soc B 46:353-376. doi:10.1111/j.2517-6161.1984.tb01308.x
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.codes import NOT_CONVERGED, NOT_FINITE, OK, OUTSIDE_DOMAIN, codes
from leakscape_kernels.flicker.cell import Mean, in_domain, mean_state, parameters
from leakscape_kernels.flicker.random_words import uniform, words
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.on_demand import Array, jax, jnp
from leakscape_kernels.options.times import read_times
from leakscape_kernels.protocol import Factory, Kernel, Output, Values

MOST_EVENTS = 1_000_000
"""Events that a path may have unless more are allowed, those of the stored times included [1]."""

_UNROLLED = 4
"""Events for each look whether the next stored time is reached [1]."""

_LEAST = 1e-30
"""Conductance that stands for none [nS]."""

_SMALL = 2e-3
"""Below it four terms of a series are as good as 1 - exp is above it, in float64 [1]."""

_LARGEST_SEED = 2.0**32
_TIMES = {"linear": [0, 1000], "size": 101}


class _Path(NamedTuple):
    """Where a path is.

    Args:
        left: time until the next stored one [ms].
        n: open channels [1].
        W: V - V* [mV].
        first: integral of W since the last stored time [mV ms].
        second: integral of W^2 likewise [mV2 ms].
        event: number of the next event [1].
    """

    left: Any
    n: Any
    W: Any
    first: Any
    second: Any
    event: Any


@dataclass(frozen=True)
class _Traces:
    """The evaluation behind `flicker_traces`, for some times."""

    times: tuple[float, ...]
    most_events: int

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output and the status."""
        seed = values["seed"]
        inside = in_domain(values) & (seed >= 0) & (seed < _LARGEST_SEED)
        inside &= seed == jnp.floor(seed)
        mean = mean_state(values)
        finite = jnp.isfinite(mean.V) & jnp.isfinite(mean.drive)
        sound = inside & finite
        # A harmless cell where there is none: the loop ends at once, as nothing is left.
        safe = {name: jnp.where(sound, value, 1.0) for name, value in values.items()}
        mean = Mean(*(jnp.where(sound, part, 1.0) for part in mean))
        dtype = mean.V.dtype
        durations = jnp.asarray(np.diff([0.0, *self.times]), dtype)
        durations = jnp.where(sound, durations, jnp.zeros_like(durations))

        zero = jnp.zeros((), dtype)
        start = (self._start(safe, dtype), zero, zero)
        # What is before the first time does not count.
        counts = jnp.asarray([0.0] + [1.0] * (len(self.times) - 1), dtype)
        ends, (W, n) = jax.lax.scan(self._course(safe, mean), start, (durations, counts))
        end, first, second = ends
        span = self.times[-1] - self.times[0]
        average, square = first / span, second / span
        spread = square - average * average
        found = {
            "V": mean.V + W,
            "n_open": n,
            "V_mean": mean.V + average,
            "V_sd": jnp.sqrt(jnp.maximum(spread, 0.0)),
        }
        arrived = (end.left <= 0) & (end.event <= self.most_events)
        code = jnp.where(arrived, jnp.where(jnp.isfinite(spread), OK, NOT_FINITE), NOT_CONVERGED)
        code = jnp.where(inside, jnp.where(finite, code, NOT_FINITE), OUTSIDE_DOMAIN)
        found = {name: jnp.where(code == OK, value, jnp.nan) for name, value in found.items()}
        return found | {"status": code.astype(jnp.uint8)}

    def _start(self, values: Values, dtype: Any) -> _Path:
        """Return the path at time 0: n from its stationary law, V at V*."""
        N, p = values["n_channels"], values["open_probability"]
        sure = (p <= 0) | (p >= 1)
        key = jax.random.fold_in(jax.random.key(1), values["seed"].astype(jnp.uint32))
        drawn = jax.random.binomial(key, N, jnp.where(sure, 0.5, p), dtype=dtype)
        zero = jnp.zeros((), dtype)
        n = jnp.where(sure, N * p, drawn).astype(dtype)
        return _Path(zero, n, zero, zero, zero, jnp.zeros((), jnp.uint32))

    def _course(self, values: Values, mean: Mean) -> Any:
        """Return what takes a path from one stored time to the next."""
        N, p = values["n_channels"], values["open_probability"]
        opens, closes = p / values["tau_channel"], (1.0 - p) / values["tau_channel"]
        leak, per_pF = values["leak_conductance"], 1.0 / values["cell_capacitance"]
        seeded = jax.random.fold_in(jax.random.key(0), values["seed"].astype(jnp.uint32))
        first, second = jax.random.key_data(seeded)
        key = (first, second)

        def event(path: _Path) -> _Path:
            left, n, W, first, second, number = path
            one, two = words(key, (number, jnp.zeros_like(number)))
            up = (N - n) * opens
            rate = up + n * closes
            wait = -jnp.log(uniform(one, left.dtype)) / rate
            rises = uniform(two, left.dtype) * rate < up
            happens = wait < left
            dt = jnp.where(happens, wait, left)
            # Where nothing conducts, all channels closed and no leak, V is E_c already and stays.
            conducts = jnp.maximum(n * mean.gamma + leak, _LEAST)
            per_nS = 1.0 / conducts
            rest = (N * p - n) * mean.drive * per_nS
            away = W - rest
            change = away * lost(conducts * per_pF * dt)
            # The integral of the exponential, and of its square.
            reach = change * per_nS * values["cell_capacitance"]
            W_dt = rest * dt + reach
            first = first + W_dt
            second = second + rest * (W_dt + reach) + reach * (away - 0.5 * change)
            n = jnp.where(happens, jnp.where(rises, n + 1.0, n - 1.0), n)
            # What has arrived waits for the others of its batch without drawing.
            number = number + (left > 0).astype(number.dtype)
            left = jnp.where(happens, left - dt, 0.0)
            return _Path(left, n, W - change, first, second, number)

        def unfinished(path: _Path) -> Any:
            return (path.left > 0) & (path.event < self.most_events)

        def several(path: _Path) -> _Path:
            for _ in range(_UNROLLED):
                path = event(path)
            return path

        # Integrals add up time by time, in one order whatever the batch.
        def course(carry: Any, row: Any) -> tuple[Any, Any]:
            (path, first, second), (duration, counts) = carry, row
            zero = jnp.zeros_like(duration)
            path = path._replace(left=duration, first=zero, second=zero)
            path = jax.lax.while_loop(unfinished, several, path)
            first, second = first + counts * path.first, second + counts * path.second
            return (path, first, second), (path.W, path.n)

        return course


def lost(x: Any) -> Any:
    """Return 1 - exp(-x) at a fraction of the work of `expm1`.

    Args:
        x: time over time constant, not negative [1].

    Returns:
        the lost share [1], right to 2e-13 in float64 and to 1e-4 in float32.
    """
    series = x * (1.0 - x * (1 / 2 - x * (1 / 6 - x / 24)))
    return jnp.where(x < _SMALL, series, 1.0 - jnp.exp(-x))


def _build(times: Any = None, most_events: Any = MOST_EVENTS) -> Kernel:
    """Return the kernel `flicker_traces` for its options, which may be anything yet."""
    whole = isinstance(most_events, int) and not isinstance(most_events, bool)
    if not (whole and 1 <= most_events < 2**31):
        raise ValueError(
            "flicker_traces: most_events must be a whole number from 1 to 2147483647, "
            f"got {most_events!r}"
        )
    moments = read_times("flicker_traces", _TIMES if times is None else times, "ms")

    def along(name: str) -> Output:
        return replace(
            output(name, headline=name == "V"),
            dimension="time",
            coordinate=moments,
            coordinate_unit="ms",
        )

    return Kernel(
        name="flicker_traces",
        parameters=parameters() | {"seed": parameter("seed", 0.0, "the first of them")},
        outputs={
            "V": along("V"),
            "n_open": along("n_open"),
            "V_mean": output("V_mean"),
            "V_sd": output("V_sd"),
        },
        evaluate=_Traces(moments, most_events),
        codes=codes(NOT_CONVERGED),
    )


flicker_traces = Factory(
    name="flicker_traces",
    options={
        "times": "a list of times in ms from 0 on, or { linear = [0, 1000], size = 101 } (unless "
        "given), or with log; averages run from the first to the last",
        "most_events": f"events that a path may have, {MOST_EVENTS} unless given",
    },
    build=_build,
)
"""Kernel factory: traces of V and of the number of open channels, and their averages over time.

Status 13 where a path has more events than `most_events`, 11 outside the domain, also for a seed
that is not whole or not below 2^32 (float32 holds whole seeds up to 2^24).
"""
