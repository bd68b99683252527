r"""What the Jacobian of a whole membrane tells of an equilibrium: modes that grow, and resonance.

At an equilibrium every gate is where it rests, so that the current of the steady curve is zero
there. Whether the membrane stays is another matter: its slope may rise and the equilibrium be
unstable all the same, by gates that answer too late (the squid axon with a third of its potassium).

References:
    Izhikevich EM (2007) Dynamical Systems in Neuroscience. MIT Press, chapters 3, 4 and 6.
    ISBN 978-0-262-09043-8
    Hutcheon B, Yarom Y (2000) Resonance, oscillation and the intrinsic frequency preferences of
    neurons. Trends Neurosci 23:216-222. doi:10.1016/S0166-2236(00)01547-2
"""

from __future__ import annotations

import math
from typing import Any

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.jacobian import Linear, Polynomial, characteristic, linear, routh
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.numerics import nan_unless
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Values
from leakscape_kernels.zeros.all_zeros import all_zeros

_SLOWEST, _FASTEST, _POINTS = 1e-6, 1e3, 181
"""Angular frequencies between which a peak is looked for, and how many on the way [1/ms]."""

_HALVES = 50
"""Times that the place of a peak is halved: to rounding."""


def n_unstable(membrane: Membrane, values: Values, V: Any) -> Any:
    """Return how many eigenvalues have a positive real part at each of several potentials [1].

    Args:
        membrane: the membrane.
        values: its parameters.
        V: potentials at which the gates rest; NaN gives a meaningless count [mV].

    Returns:
        the number at each, -1 where a rate or a current is not finite there.
    """
    frozen = jax.tree.map(jax.lax.stop_gradient, (dict(values), V))

    def count(at: Any) -> Any:
        gating = Gating(membrane.at(frozen[0]))
        whole = characteristic(linear(gating, at))[0]
        # A rate that overflows tells nothing.
        told = jnp.all(jnp.isfinite(jnp.stack(whole)))
        return jnp.where(told, routh(whole).n_unstable, -1).astype(jnp.int8)

    # A loop, not vmap: a short axis would become the innermost one of a batch.
    return jax.lax.map(count, jnp.where(jnp.isfinite(frozen[1]), frozen[1], 0.0))


def momentary_slope(gating: Gating, V: Any) -> Any:
    """Return dI/dV with the slow gates, and calcium, held where they rest [mS/cm2].

    Args:
        gating: the membrane in time.
        V: membrane potential [mV].
    """
    calcium = gating.state.calcium(V) if gating.state.pool else None
    x = gating.steady(V, calcium)
    return jax.jvp(lambda at: gating.current(at, x, calcium), (V,), (jnp.ones_like(V),))[1]


def momentary_zero(gating: Gating, V: Any, low: float, high: float, cells: int) -> Any:
    """Return the zero above a rest that the current has while its slow gates have not moved [mV].

    There the momentary current turns inward: a sudden charge that makes a spike brings V past it.
    Held are the gates that are slower at the rest than the membrane's own time constant, C over the
    slope with every gate held; the others follow V, as the activation of sodium channels does. NaN
    without such a zero.

    Args:
        gating: the membrane in time.
        V: where it rests [mV].
        low: lower end of where it is looked for [mV].
        high: upper end [mV].
        cells: how many cells there are between both.
    """
    calcium = gating.state.calcium(V) if gating.state.pool else None
    x = gating.steady(V, calcium)
    own = momentary_slope(gating, V) / gating.state.values["capacitance"]
    follow = [rate > own for rate in gating.rates(V, calcium)]
    x, calcium = jax.tree.map(lambda at: jnp.where(jnp.isfinite(at), at, 0.0), (x, calcium))

    def current(at: Any) -> Any:
        gates = gating.steady(at, calcium)
        held = [jnp.where(*each) for each in zip(follow, gates, x, strict=True)]
        return gating.current(at, held, calcium)

    zeros = all_zeros(current, low, high, cells=cells)
    above = jnp.where((zeros.rising == 0) & (zeros.V > V), zeros.V, jnp.inf)
    first = jnp.min(above)
    return nan_unless(first < jnp.inf, first)


def resonance_frequency(gating: Gating, V: Any) -> Any:
    r"""Return where the impedance of the linearised membrane is largest [Hz], NaN without a peak.

    $Z(\omega) = \frac{1}{C} \frac{R(i\omega)}{P(i\omega)}$, where P is the characteristic
    polynomial and R that of the membrane without its potential.

    Args:
        gating: the membrane in time.
        V: where it rests [mV].
    """
    at: Linear = linear(gating, V)
    whole, rest = characteristic(at)
    grid = jnp.exp(jnp.linspace(math.log(_SLOWEST), math.log(_FASTEST), _POINTS))
    grid = grid.astype(jnp.asarray(V).dtype)
    size = jax.vmap(lambda omega: _square(rest, omega) / _square(whole, omega))(grid)
    peak = jnp.argmax(size)
    inside = (peak > 0) & (peak < _POINTS - 1)
    a, b = grid[jnp.maximum(peak - 1, 0)], grid[jnp.minimum(peak + 1, _POINTS - 1)]

    def halved(_: Any, ends: Any) -> Any:
        a, b = ends
        middle = jnp.sqrt(a * b)
        rises = _rise(whole, rest, middle) > 0
        return jnp.where(rises, middle, a), jnp.where(rises, b, middle)

    a, b = jax.lax.fori_loop(0, _HALVES, halved, (a, b))
    # 1/ms are kHz.
    return nan_unless(inside, 1000.0 * jnp.sqrt(a * b) / (2.0 * math.pi))


def _rise(whole: Polynomial, rest: Polynomial, omega: Any) -> Any:
    """Return the slope of the logarithm of the squared impedance [ms]."""

    def logarithm(at: Any) -> Any:
        return jnp.log(_square(rest, at)) - jnp.log(_square(whole, at))

    slope: Any = jax.jvp(logarithm, (omega,), (jnp.ones_like(omega),))[1]
    return slope


def _square(polynomial: Polynomial, omega: Any) -> Any:
    """Return the square of a polynomial's size at i omega."""
    real: Any = jnp.zeros_like(omega)
    imaginary: Any = jnp.zeros_like(omega)
    for power, coefficient in enumerate(reversed(polynomial)):
        term = coefficient * omega**power * (1, 1, -1, -1)[power % 4]
        real, imaginary = (real, imaginary + term) if power % 2 else (real + term, imaginary)
    return real * real + imaginary * imaginary
