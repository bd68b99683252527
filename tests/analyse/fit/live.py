"""A problem whose recordings change between calls: many simulated tables need one compilation."""

from __future__ import annotations

import jax
import numpy as np
import pandas as pd

from leakscape.analyse.fit.posing import pose
from leakscape.analyse.fit.problem import Problem
from leakscape.declare.fit import Fit

R, F, ZERO = 8.31446261815324, 96485.33212331001, 273.15
K_OUT = np.array([0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0])
SD = 1.0
"""Scatter of the simulated recordings [mV]."""


class Live(Problem):
    """A posed problem that reads its recordings (row, output) whenever it is evaluated."""

    def __init__(self, posed):
        self.__dict__.update(vars(posed), now=np.array(posed.observed))

    @property
    def observed(self):
        """What was recorded, asked for by the compiled program."""
        # As words, because whoever is called back may be in a thread without 64 bits.
        told = jax.ShapeDtypeStruct((*self.now.shape, 2), np.uint32)
        words = jax.pure_callback(self._words, told, vmap_method="sequential")
        return jax.lax.bitcast_convert_type(words, np.float64)

    @property
    def follows_from(self):
        """Nothing that could be told: recordings come from outside of what is compiled."""
        return None

    def _words(self):
        return self.now.view(np.uint32).reshape(*self.now.shape, 2)

    def record(self, recordings):
        """Change what was recorded (row, output)."""
        self.now[...] = recordings


def goldman(K_out, *, ratio, K_in, Na_in=0.0, celsius=20.0, Na_out=None):
    """Return GHK's potential without chloride [mV]; Na outside makes 120 mM with K."""
    Na_out = 120.0 - K_out if Na_out is None else Na_out
    drop = 1e3 * R * (celsius + ZERO) / F
    return drop * np.log((K_out + ratio * Na_out) / (K_in + ratio * Na_in))


def titration(free, frame=None, *, sd="1 mV", name="titration", n=1, fixed=(), **more):
    """A fit of V to K_out and Na_out, and a table for it that holds no recordings yet."""
    if frame is None:
        V = goldman(K_OUT, ratio=0.03, K_in=140.0)
        frame = pd.DataFrame({"K_out [mM]": K_OUT, "Na_out [mM]": 120.0 - K_OUT, "V [mV]": V})
    outputs = {"V": {"output": "V_rest", "sd": sd, "n": n}}
    data = {"conditions": ["K_out", "Na_out"], "outputs": outputs} | dict(more.pop("data", {}))
    fixed = {"P_Cl": "0 cm/s", "Na_in": "0 mmol/L", "temperature": "20 degC"} | dict(fixed)
    fit = Fit(name=name, kernel="ghk_voltage", fixed=fixed, free=free, data=data, **more)
    return fit, frame


NARROW, FLAT = "narrow", "flat"
PRIORS = {
    # Those that count as measurements, which least squares weigh as such.
    NARROW: ({"lognormal": [0.03, 0.5]}, {"lognormal": [140, 0.08], "unit": "mmol/L"}),
    # Ranges, in whose corners as many points lie as in their middle.
    FLAT: ({"loguniform": [0.01, 0.1]}, {"uniform": [110, 170], "unit": "mmol/L"}),
}


def simulated_titration(kind):
    """Return a problem of such priors, and what makes values and a table of them."""
    free = dict(zip(("P_Na_over_P_K", "K_in"), PRIORS[kind], strict=True))
    problem = Live(pose(*titration(free)))

    def simulate(random):
        if kind == NARROW:
            one, other = random.normal(size=2)
            ratio, K_in = 0.03 * np.exp(0.5 * one), 140.0 * np.exp(0.08 * other)
        else:
            one, other = random.uniform(size=2)
            ratio, K_in = 0.01 * 10.0**one, 110.0 + 60.0 * other
        noise = SD * random.normal(size=len(K_OUT))
        return np.array([ratio, K_in]), goldman(K_OUT, ratio=ratio, K_in=K_in) + noise

    return problem, simulate
