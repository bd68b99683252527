r"""On which side of a Hopf point its small limit cycle lies: the first Lyapunov coefficient.

With the vector field's second and third derivatives B and C, $A q = i\omega q$,
$p^H A = i\omega p^H$, $\langle p, q\rangle = \langle q, q\rangle = 1$,

$l_1 = \frac{1}{2\omega} \mathrm{Re}\left[\langle p, C(q, q, \bar q)\rangle
- 2 \langle p, B(q, A^{-1} B(q, \bar q))\rangle
+ \langle p, B(\bar q, (2i\omega - A)^{-1} B(q, q))\rangle\right]$.

Negative, the cycle is stable and grows from nothing beyond the point (supercritical); positive, it
is unstable and surrounds the stable rest before it (subcritical). A is an arrow, so that all solves
are those of its core.

Limits:
    Local: nothing is said of large cycles, such as action potentials. Near 0 the sign is that of
    rounding.

References:
    Kuznetsov YA (2004) Elements of Applied Bifurcation Theory, 3rd ed., section 5.4. Springer.
    doi:10.1007/978-1-4757-3978-7
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.jacobian import Linear, characteristic, linear, routh
from leakscape_kernels.on_demand import jax, jnp


def first_lyapunov(gating: Gating, V: Any) -> Any:
    """Return the first Lyapunov coefficient at a Hopf point, NaN where no pair can cross [1/ms].

    Its size is that for an eigenvector of length 1 in mV, mmol/L and open fractions.

    Args:
        gating: the membrane in time.
        V: where the Hopf point is [mV].
    """
    at = linear(gating, V)
    omega = jnp.sqrt(routh(characteristic(at)[0]).square)
    core, x = _standing(gating, V)
    state = jnp.stack([*core, *x])
    field = _field(gating, len(core))

    def second(a: Any, b: Any) -> Any:
        return _along(_along(field, a), b)(state)

    def third(abc: tuple[Any, Any, Any]) -> Any:
        a, b, c = abc
        return _along(_along(_along(field, a), b), c)(state)

    def twice(pairs: list[tuple[Any, Any]]) -> list[Any]:
        a, b = (jnp.stack(each) for each in zip(*pairs, strict=True))
        return list(jax.lax.map(lambda ab: second(*ab), (a, b)))

    q, p = _vectors(at, omega)
    q = q / jnp.sqrt(jnp.sum(jnp.abs(q) ** 2))
    p = p / jnp.sum(p * q)
    r, s = q.real, q.imag

    rr, ss, rs = twice([(r, r), (s, s), (r, s)])
    # A^-1 B(q, conj q), and (2 i omega - A)^-1 B(q, q).
    steady = -_solved(at, 0.0 * omega, rr + ss).real
    double = _solved(at, 2.0 * omega, rr - ss + 2j * rs)
    d, e = double.real, double.imag
    r_steady, s_steady, rd, re, sd, se = twice(
        [(r, steady), (s, steady), (r, d), (r, e), (s, d), (s, e)]
    )
    three = [
        jnp.stack(each) for each in zip((r, r, r), (r, s, s), (r, r, s), (s, s, s), strict=True)
    ]
    rrr, rss, rrs, sss = jax.lax.map(third, tuple(three))
    whole = (rrr + rss) + 1j * (rrs + sss)
    whole = whole - 2 * (r_steady + 1j * s_steady)
    whole = whole + (rd + se) + 1j * (re - sd)
    return jnp.sum(p * whole).real / (2 * omega)


def _standing(gating: Gating, V: Any) -> tuple[list[Any], list[Any]]:
    """Return the core and the gates where they rest at a potential."""
    if not gating.state.pool:
        return [V], gating.steady(V)
    calcium = gating.state.calcium(V)
    return [V, calcium], gating.steady(V, calcium)


def _field(gating: Gating, core: int) -> Callable[[Any], Any]:
    """Return how fast every variable changes, as a function of them: the core, then the gates."""
    C = gating.state.values["capacitance"]

    def field(state: Any) -> Any:
        V, calcium = state[0], state[1] if core == 2 else None
        x = [state[i] for i in range(core, state.shape[0])]
        change = [-gating.current(V, x, calcium) / C]
        if calcium is not None:
            change.append(gating.change_of_calcium(V, x, calcium))
        steady, rates = gating.steady(V, calcium), gating.rates(V, calcium)
        change += [k * (to - at) for k, to, at in zip(rates, steady, x, strict=True)]
        return jnp.stack(change)

    return field


def _along(function: Callable[[Any], Any], direction: Any) -> Callable[[Any], Any]:
    """Return the derivative of a function along a direction."""
    return lambda at: jax.jvp(function, (at,), (direction,))[1]


def _bridge(at: Linear, omega: Any) -> tuple[list[Any], list[list[Any]]]:
    """Return 1/(i omega + k) of every gate, and i omega - J with the gates solved for."""
    size = range(len(at.core))
    ease = [1 / (1j * omega + k) for k in at.rates]
    matrix = [[(1j * omega if i == j else 0) - at.core[i][j] for j in size] for i in size]
    for u, w, k, e in zip(at.push, at.pull, at.rates, ease, strict=True):
        matrix = [[matrix[i][j] - u[i] * (k * w[j]) * e for j in size] for i in size]
    return ease, matrix


def _solved(at: Linear, omega: Any, right: Any) -> Any:
    """Return the y with (i omega - J) y = right."""
    size = len(at.core)
    ease, matrix = _bridge(at, omega)
    known = [right[i] + 0j for i in range(size)]
    for j, (u, e) in enumerate(zip(at.push, ease, strict=True)):
        known = [known[i] + u[i] * e * right[size + j] for i in range(size)]
    core = _two_by_two(matrix, known)
    gates = [
        e * (right[size + j] + k * sum(a * b for a, b in zip(w, core, strict=True)))
        for j, (w, k, e) in enumerate(zip(at.pull, at.rates, ease, strict=True))
    ]
    return jnp.stack([*core, *gates])


def _two_by_two(matrix: list[list[Any]], right: list[Any]) -> list[Any]:
    """Return the solution of one linear equation, or of two."""
    if len(right) == 1:
        return [right[0] / matrix[0][0]]
    (a, b), (c, d) = matrix
    det = a * d - b * c
    return [(d * right[0] - b * right[1]) / det, (a * right[1] - c * right[0]) / det]


def _vectors(at: Linear, omega: Any) -> tuple[Any, Any]:
    """Return the eigenvector of i omega, and the one from the left as a row, of any length."""
    ease, matrix = _bridge(at, omega)
    one = jnp.ones_like(matrix[0][0])
    right, left = [one], [one]
    if len(matrix) == 2:
        # The core is singular: its null vectors from the row and the column of calcium.
        (_, b), (c, d) = matrix
        right, left = [d, -c], [d, -b]
    q = [
        e * k * sum(a * z for a, z in zip(w, right, strict=True))
        for w, k, e in zip(at.pull, at.rates, ease, strict=True)
    ]
    p = [
        e * sum(a * z for a, z in zip(u, left, strict=True))
        for u, e in zip(at.push, ease, strict=True)
    ]
    return jnp.stack([*right, *q]), jnp.stack([*left, *p])
