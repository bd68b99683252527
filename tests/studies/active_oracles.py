"""Active membranes written out by hand, for the studies of excitability: NumPy in float64.

Every gate follows V, so that the current that holds a membrane at V is its steady current there.
Slopes are by complex steps, eigenvalues by LAPACK, at the nodes of a grid of V, and of a finer one
where stability changes.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

STEP = 1e-30
"""Imaginary step of a slope: nothing is subtracted, so that any small one does [mV]."""


@dataclass(frozen=True)
class Gate:
    """Where it rests [1] and its rate [1/ms], both of V, and how many of it must be open."""

    rest: Callable
    rate: Callable
    power: int = 1


def always(V):
    return 1.0


@dataclass(frozen=True)
class Channel:
    """g times its gates times V - E; what is instant follows V at once."""

    g: float
    E: float
    gates: Mapping[str, Gate]
    instant: Callable = always


@dataclass(frozen=True)
class Membrane:
    """Channels, the current of the leaks and its slope, both of V, and the capacitance."""

    channels: tuple[Channel, ...]
    leak: Callable
    leak_slope: Callable
    C: float = 1.0

    def current(self, V):
        """Return the steady current: the injected current that holds the membrane [uA/cm2]."""
        total = self.leak(V)
        for c in self.channels:
            total = total + c.g * c.instant(V) * opened(c.gates.values(), V) * (V - c.E)
        return total

    def growth(self, V):
        """Return the largest real part of the eigenvalues at every V [1/ms]."""
        return np.linalg.eigvals(self.jacobian(V)).real.max(axis=-1)

    def jacobian(self, V):
        """Return the Jacobian of V and the gates, each in units of its own slope [1/ms]."""
        entries = {(0, 0): -self.leak_slope(V) / self.C}
        j = 0
        for c in self.channels:
            follows = slope(lambda V, c=c: c.instant(V) * (V - c.E), V)
            entries[0, 0] = entries[0, 0] - c.g * opened(c.gates.values(), V) * follows / self.C
            for name, gate in c.gates.items():
                j += 1
                others = opened([g for k, g in c.gates.items() if k != name], V)
                own = slope(lambda V, gate=gate: gate.rest(V) ** gate.power, V)
                by_gate = c.g * c.instant(V) * others * own * (V - c.E)
                entries[0, j] = -by_gate / self.C
                entries[j, 0], entries[j, j] = gate.rate(V), -gate.rate(V)
        shape = np.broadcast_shapes(*(np.shape(entry) for entry in entries.values()))
        J = np.zeros((*shape, j + 1, j + 1))
        for place, entry in entries.items():
            J[..., *place] = entry
        return J


def opened(gates, V):
    return functools.reduce(operator.mul, (g.rest(V) ** g.power for g in gates), 1.0)


def slope(f, V):
    return np.imag(f(V + 1j * STEP)) / STEP


class Found(NamedTuple):
    """What a study says of a membrane; NaN and 0 where there is no such thing."""

    V_rest: np.ndarray
    V_loss: np.ndarray
    I_loss: np.ndarray
    loss_kind: np.ndarray
    V_block: np.ndarray
    I_block: np.ndarray
    regime: np.ndarray


def read(membrane, V=None):
    """Read the equilibria of membranes off a fine grid of V; the last axis of all arrays is V."""
    V = np.linspace(-120, 60, 1801) if V is None else V
    growth, current = np.broadcast_arrays(membrane.growth(V), membrane.current(V))
    stable = growth <= 0
    changed = stable[..., 1:] != stable[..., :-1]
    zero = (current[..., :-1] < 0) & (current[..., 1:] >= 0)
    # Where stability changes beside a zero, the zero itself is looked at.
    both = (zero & changed).argmax(-1)
    at_zero = membrane.growth(_between(V, current, both)[..., None])[..., 0] <= 0
    holds = np.where(np.arange(V.size - 1) == both[..., None], at_zero[..., None], True)
    zero &= np.where(changed, holds, stable[..., :-1])
    number, lowest = zero.sum(-1), zero.argmax(-1)
    V_rest = np.where(number > 0, _between(V, current, lowest), np.nan)
    here = np.where(number > 0, lowest, stable.argmax(-1))
    place = np.arange(V.size - 1)
    leaves = changed & stable[..., :-1] & (place >= here[..., None])
    V_loss = _located(membrane, V, leaves.any(-1), leaves.argmax(-1))
    starts = changed & stable[..., 1:]
    last = V.size - 2 - starts[..., ::-1].argmax(-1)
    V_block = _located(membrane, V, starts.any(-1), last)
    I_loss, I_block = (membrane.current(at[..., None])[..., 0] for at in (V_loss, V_block))
    below = (~stable[..., :-1] & (place < here[..., None])).any(-1)
    above = (~stable[..., 1:] & (place >= here[..., None])).any(-1)
    one = np.where(below, np.where(above, 4, 3), 2)
    return Found(
        V_rest=V_rest,
        V_loss=V_loss,
        I_loss=I_loss,
        loss_kind=np.where(np.isnan(V_loss), 0, np.where(_swings(membrane, V_loss), 2, 1)),
        V_block=V_block,
        I_block=I_block,
        regime=np.where(number == 0, 0, np.where(number > 1, 1, one)),
    )


def _pick(values, place):
    return np.take_along_axis(values, place[..., None], axis=-1)[..., 0]


def _between(V, values, place):
    """Where values are 0 in cells of V, by straight lines."""
    low, high = _pick(values, place), _pick(values, place + 1)
    return V[place] - low / np.where(high == low, 1, high - low) * (V[1] - V[0])


def _swings(membrane, V):
    """Whether what begins to grow is a pair of eigenvalues, which swing."""
    found = np.linalg.eigvals(membrane.jacobian(np.nan_to_num(V)[..., None]))[..., 0, :]
    return np.abs(_pick(found.imag, found.real.argmax(-1))) > 1e-3


def _located(membrane, V, there, place):
    """Where stability changes in the cells of V at a place: cut in eight, six times."""
    low, width = V[place], V[1] - V[0]
    unstable = membrane.growth(low[..., None])[..., 0] > 0
    for _ in range(6):
        width /= 8
        nodes = low[..., None] + width * np.arange(1, 9)
        changed = (membrane.growth(nodes) > 0) != unstable[..., None]
        low = low + width * changed.argmax(-1)
    return np.where(there, low + width / 2, np.nan)


def spikes(membrane, injected, duration, closed_from=None):
    """Return the times of upward crossings of -10 mV [ms] and the last V [mV], by SciPy's LSODA.

    It begins at the lowest zero of the current of `closed_from`, or of the membrane's own.
    """
    gates = [gate for c in membrane.channels for gate in c.gates.values()]
    V = np.linspace(-100, 0, 100001)
    rest = V[np.argmax((closed_from or membrane).current(V) > 0)]

    def flow(t, y):
        del t
        x = iter(y[1:])
        current = membrane.leak(y[0]) - injected
        for c in membrane.channels:
            opening = np.prod([next(x) ** gate.power for gate in c.gates.values()])
            current += c.g * c.instant(y[0]) * opening * (y[0] - c.E)
        moves = [g.rate(y[0]) * (g.rest(y[0]) - a) for g, a in zip(gates, y[1:], strict=True)]
        return [-current / membrane.C, *moves]

    start = [rest, *(gate.rest(rest) for gate in gates)]

    def crosses(t, y):
        del t
        return y[0] + 10

    crosses.direction = 1
    run = solve_ivp(flow, (0, duration), start, "LSODA", events=crosses, rtol=1e-7, atol=1e-9)
    return run.t_events[0], run.y[0, -1]


def column(*values):
    """Return values along one axis, with room for V."""
    return np.array(values, float)[:, None]


def agrees(ds, membrane_of):
    """Assert that a part of a sweep is what `read` tells of the membrane at each of its points.

    Args:
        ds: the sweep.
        membrane_of: takes its axes by name, returns the membranes.
    """
    dims = ds.regime.dims
    room = {dim: [-1 if other == dim else 1 for other in (*dims, "V")] for dim in dims}
    wanted = read(membrane_of(**{dim: ds[dim].values.reshape(room[dim]) for dim in dims}))
    for name in wanted._fields:
        exact = getattr(wanted, name)
        exact = np.broadcast_to(exact, ds.regime.shape)
        if name not in ds:
            continue
        found = ds[name].transpose(*dims).values
        if name in ("regime", "loss_kind"):
            # Within float32 of a border a point may fall on either side.
            assert np.mean(found != exact) < 2e-3, name
            continue
        np.testing.assert_array_equal(np.isfinite(found), np.isfinite(exact), name)
        np.testing.assert_allclose(found, exact, rtol=2e-4, atol=5e-3, err_msg=name)
