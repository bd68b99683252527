"""Membranes that fire, as tables and written out once more, and SciPy's solution of the latter.

The equations here share nothing with the kernels: plain NumPy, after the papers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq


@dataclass(frozen=True)
class Cell:
    """A membrane with gates that follow V.

    Args:
        table: as a study would have it.
        current: I(V, gates), outward positive [uA/cm2].
        steady: where the gates rest at V.
        speed: 1/tau of the gates at V [1/ms].
        C: capacitance [uF/cm2].
    """

    table: dict[str, Any]
    current: Callable[..., Any]
    steady: Callable[..., Any]
    speed: Callable[..., Any]
    C: float = 1.0

    def ends(self, injected: float) -> tuple[float, float]:
        """Return the lowest and the highest rising zero of the steady current [mV]."""
        V = np.linspace(-150, 100, 1001)
        net = np.array([self.current(v, self.steady(v)) - injected for v in V])
        at = np.flatnonzero((net[:-1] < 0) & (net[1:] >= 0))
        found = [
            brentq(lambda v: self.current(v, self.steady(v)) - injected, V[i], V[i + 1], xtol=1e-13)
            for i in at
        ]
        return found[0], found[-1]

    def fires(
        self, injected: float, duration: float, *, start: float, gates_at: float, level: float
    ) -> Any:
        """Return SciPy's solution: with `.t_events[0]`, where V rises through the level."""

        def change(t: float, y: Any) -> Any:
            V, x = y[0], y[1:]
            to, speed = np.array(self.steady(V)), np.array(self.speed(V))
            return np.concatenate([[(injected - self.current(V, x)) / self.C], speed * (to - x)])

        def rises(t: float, y: Any) -> Any:
            return y[0] - level

        # SciPy asks a function for its direction, which functions declare nowhere.
        rises.direction = 1.0  # type: ignore[attr-defined]
        return solve_ivp(
            change,
            (0, duration),
            [start, *self.steady(gates_at)],
            method="DOP853",
            # Far below what our own error of a step of time is held to.
            rtol=1e-10,
            atol=1e-12,
            events=rises,
            dense_output=True,
        )


def late_rate(spikes: Any, duration: float) -> float:
    """Return one over the mean of the intervals that end in the second half [Hz]."""
    spikes = np.asarray(spikes)
    intervals = np.diff(spikes)[spikes[1:] > duration / 2]
    return 1e3 / float(np.mean(intervals)) if len(intervals) else 0.0


def _linear(x: Any) -> Any:
    """Return x/(1 - exp(-x))."""
    return 1.0 + x / 2 if abs(x) < 1e-7 else x / -np.expm1(-x)


def _logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _hh_rates(V: float) -> Any:
    return np.array(
        [
            [_linear((V + 40) / 10), 4 * np.exp(-(V + 65) / 18)],
            [0.07 * np.exp(-(V + 65) / 20), _logistic((V + 35) / 10)],
            [0.1 * _linear((V + 55) / 10), 0.125 * np.exp(-(V + 65) / 80)],
        ]
    )


def hodgkin_huxley(E_L: float = -54.3) -> Cell:
    """Return the squid axon at 6.3 degC, in today's sign of V."""
    m = {
        "power": 3,
        "rates": {
            "alpha": ["exp_linear", "1 1/ms", "-40 mV", "10 mV"],
            "beta": ["exp", "4 1/ms", "-65 mV", "-18 mV"],
        },
    }
    h = {
        "rates": {
            "alpha": ["exp", "0.07 1/ms", "-65 mV", "-20 mV"],
            "beta": ["sigmoid", "1 1/ms", "-35 mV", "10 mV"],
        }
    }
    n = {
        "power": 4,
        "rates": {
            "alpha": ["exp_linear", "0.1 1/ms", "-55 mV", "10 mV"],
            "beta": ["exp", "0.125 1/ms", "-65 mV", "-80 mV"],
        },
    }
    table = {
        "temperature": "6.3 degC",
        "mechanisms": {
            "Na": {"type": "gated", "E": "50 mV", "g": "120 mS/cm2", "gates": {"m": m, "h": h}},
            "K": {"type": "gated", "E": "-77 mV", "g": "36 mS/cm2", "gates": {"n": n}},
            "L": {"type": "ohmic_leak", "E": f"{E_L} mV", "g": "0.3 mS/cm2"},
        },
    }

    def current(V: float, x: Any) -> Any:
        m, h, n = x
        return 120 * m**3 * h * (V - 50) + 36 * n**4 * (V + 77) + 0.3 * (V - E_L)

    def steady(V: float) -> Any:
        rates = _hh_rates(V)
        return rates[:, 0] / rates.sum(axis=1)

    return Cell(table, current, steady, lambda V: _hh_rates(V).sum(axis=1))


def wang_buzsaki() -> Cell:
    """Return the interneuron of Wang and Buzsaki (1996), doi:10.1523/JNEUROSCI.16-20-06402.1996."""
    m = {
        "power": 3,
        "instant": True,
        "rates": {
            "alpha": ["exp_linear", "1 1/ms", "-35 mV", "10 mV"],
            "beta": ["exp", "4 1/ms", "-60 mV", "-18 mV"],
        },
    }
    h = {
        "rate_factor": 5,
        "rates": {
            "alpha": ["exp", "0.07 1/ms", "-58 mV", "-20 mV"],
            "beta": ["sigmoid", "1 1/ms", "-28 mV", "10 mV"],
        },
    }
    n = {
        "power": 4,
        "rate_factor": 5,
        "rates": {
            "alpha": ["exp_linear", "0.1 1/ms", "-34 mV", "10 mV"],
            "beta": ["exp", "0.125 1/ms", "-44 mV", "-80 mV"],
        },
    }
    table = {
        "mechanisms": {
            "Na": {"type": "gated", "E": "55 mV", "g": "35 mS/cm2", "gates": {"m": m, "h": h}},
            "K": {"type": "gated", "E": "-90 mV", "g": "9 mS/cm2", "gates": {"n": n}},
            "L": {"type": "ohmic_leak", "E": "-65 mV", "g": "0.1 mS/cm2"},
        }
    }

    def rates(V: float) -> Any:
        return 5 * np.array(
            [
                [0.07 * np.exp(-(V + 58) / 20), _logistic((V + 28) / 10)],
                [0.1 * _linear((V + 34) / 10), 0.125 * np.exp(-(V + 44) / 80)],
            ]
        )

    def current(V: float, x: Any) -> Any:
        h, n = x
        a, b = _linear((V + 35) / 10), 4 * np.exp(-(V + 60) / 18)
        m = a / (a + b)
        return 35 * m**3 * h * (V - 55) + 9 * n**4 * (V + 90) + 0.1 * (V + 65)

    def steady(V: float) -> Any:
        found = rates(V)
        return found[:, 0] / found.sum(axis=1)

    return Cell(table, current, steady, lambda V: rates(V).sum(axis=1))


def morris_lecar() -> Cell:
    """Return the barnacle fibre with the constants of which the rate begins at 0."""
    table = {
        "capacitance": "20 uF/cm2",
        "mechanisms": {
            "Ca": {
                "type": "gated",
                "E": "120 mV",
                "g": "4 mS/cm2",
                "gates": {"m": {"V_half": "-1.2 mV", "k": "9 mV", "instant": True}},
            },
            "K": {
                "type": "gated",
                "E": "-84 mV",
                "g": "8 mS/cm2",
                "gates": {"w": {"V_half": "12 mV", "k": "8.7 mV", "tau": {"cosh": "15 ms"}}},
            },
            "L": {"type": "ohmic_leak", "E": "-60 mV", "g": "2 mS/cm2"},
        },
    }

    def current(V: float, x: Any) -> Any:
        m = 0.5 * (1 + np.tanh((V + 1.2) / 18))
        return 4 * m * (V - 120) + 8 * x[0] * (V + 84) + 2 * (V + 60)

    return Cell(
        table,
        current,
        lambda V: np.array([0.5 * (1 + np.tanh((V - 12) / 17.4))]),
        lambda V: np.array([np.cosh((V - 12) / 34.8) / 15]),
        C=20.0,
    )


def persistent_sodium() -> Cell:
    """Return I_Na,p + I_K of Izhikevich (2007), whose fold lies on the cycle."""
    table = {
        "mechanisms": {
            "Na": {
                "type": "gated",
                "E": "60 mV",
                "g": "20 mS/cm2",
                "gates": {"m": {"V_half": "-20 mV", "k": "15 mV", "instant": True}},
            },
            "K": {
                "type": "gated",
                "E": "-90 mV",
                "g": "10 mS/cm2",
                "gates": {"n": {"V_half": "-25 mV", "k": "5 mV", "tau": "1 ms"}},
            },
            "L": {"type": "ohmic_leak", "E": "-80 mV", "g": "8 mS/cm2"},
        }
    }

    def current(V: float, x: Any) -> Any:
        m = _logistic((V + 20) / 15)
        return 20 * m * (V - 60) + 10 * x[0] * (V + 90) + 8 * (V + 80)

    return Cell(
        table,
        current,
        lambda V: np.array([_logistic((V + 25) / 5)]),
        lambda V: np.array([1.0]),
    )
