r"""A cell with one leak, from the moment that it opens: charge leaves until the ion is at rest.

$C\,dV/dt = -g (V - E)$, outward current positive, has the solution
$V(t) = E + (V_0 - E) e^{-t/\tau}$ with $\tau = C/g$ and $E = \frac{RT}{zF}\ln\frac{c_o}{c_i}$. The
charge that has left is $Q = C (V_0 - V)$, which are $Q/(zF)$ ions per area, and in a sphere of
radius r they lower the concentration by $3Q/(zFr)$. The conductance decides how fast the rest is
reached, not where it lies.

Limits:
    The solutions stay as they are: good while `share_moved` is small, for E moves by nearly
    $(RT/zF)$ times that share. In 140 mmol/L of potassium it is 2e-5 in a cell of 10 um, and 2 %
    only in a vesicle of 10 nm; over minutes, or with other leaks, see `pump_leak`. The leak is
    ohmic, and whatever charges the membrane crosses it (no pump, no other ion). Without a
    conductance nothing moves: V stays where it was, and there is no rest.

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import UNDEFINED_OUTPUT, codes
from leakscape_kernels.constants import F
from leakscape_kernels.formulas.nernst import reversal_potential, thermal_voltage
from leakscape_kernels.nomenclature import VALENCES, output, parameter
from leakscape_kernels.numerics import nan_unless
from leakscape_kernels.on_demand import Array, jnp
from leakscape_kernels.options.tables import one_of
from leakscape_kernels.options.times import read_times
from leakscape_kernels.protocol import Factory, Kernel, Parameter, Values, status, with_remark

PMOL_PER_NC = 1e3 / F
"""Single charges in 1 nC, which is what 1 uF holds at 1 mV [pmol]."""

MMOL_PER_L = 1e-2
"""The concentration of 1 pmol on each cm2 of a surface that holds 1 um of water [mmol/L]."""

_TIMES = {"linear": [0, 50], "size": 101}
_SOLUTIONS = {"K": (140.0, 5.0), "Na": (15.0, 145.0), "Cl": (10.0, 110.0)}
"""Concentration inside and outside by ion [mmol/L]."""

_TEXTBOOK = "a textbook mammalian neuron"
_ROUND = "constructed for this program: a round value"
_ALONG = ("V", "charge_moved", "ions_moved")
_OF_A_SPHERE = ("concentration_change", "share_moved")


@dataclass(frozen=True)
class _Charging:
    """The evaluation behind `charging`, for one ion."""

    ion: str
    times: tuple[float, ...]

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output and the status."""
        g, C, radius = values[f"g_{self.ion}"], values["capacitance"], values["radius"]
        inside, outside = values[f"{self.ion}_in"], values[f"{self.ion}_out"]
        z, start = float(VALENCES[self.ion]), values["V_start"]
        E = reversal_potential(z, inside, outside, values["temperature"])
        kT = thermal_voltage(values["temperature"])
        defined = (g >= 0) & (C > 0) & (inside > 0) & (outside > 0) & (kT > 0)
        rate = g / jnp.where(C > 0, C, 1.0)
        finite = jnp.isfinite(E) & jnp.isfinite(start) & jnp.isfinite(rate)
        finite &= jnp.isfinite(C)
        good = defined & finite
        t = jnp.asarray(self.times, jnp.asarray(rate).dtype)
        # The part of the way that is done: a difference of potentials would lose the first digits.
        done = -jnp.expm1(-t * rate)
        charge = C * (start - E) * done
        ions = charge * (PMOL_PER_NC / z)
        # Asked apart from the rest, so that V is stored once for all radii.
        round_ = (radius > 0) & jnp.isfinite(radius)
        change = -ions * (3.0 * MMOL_PER_L) / jnp.where(round_, radius, 1.0)
        change = jnp.where(round_, change, jnp.nan)
        rows = {
            "V": start + (E - start) * done,
            "charge_moved": charge,
            "ions_moved": ions,
            "concentration_change": change,
            "share_moved": -change / jnp.where(inside > 0, inside, 1.0),
        }
        conducts = g > 0
        rests = {
            f"E_{self.ion}": E,
            "V_rest": nan_unless(conducts, E),
            "time_constant": nan_unless(conducts, C / jnp.where(conducts, g, 1.0)),
        }
        found = {name: jnp.where(good, value, jnp.nan) for name, value in (rows | rests).items()}
        code = status(defined, finite)
        undefined = jnp.logical_not(conducts & round_)
        return found | {"status": with_remark(code, UNDEFINED_OUTPUT, undefined)}


def _build(ion: Any = "K", times: Any = None) -> Kernel:
    """Return the kernel `charging` for its options, which may be anything yet."""
    ion = one_of("charging: ion", ion, tuple(VALENCES))
    moments = read_times("charging", _TIMES if times is None else times, "ms")
    inside, outside = _SOLUTIONS.get(ion, (None, None))
    source = _TEXTBOOK if inside is not None else ""
    parameters: dict[str, Parameter] = {
        f"g_{ion}": replace(
            parameter(f"g_{ion}", 0.1, f"{_ROUND}: a time constant of 10 ms"),
            divide_by="area",
            multiply_by="capacitance",
        ),
        "capacitance": parameter("capacitance", 1.0, _ROUND),
        f"{ion}_in": parameter(f"{ion}_in", inside, source),
        f"{ion}_out": parameter(f"{ion}_out", outside, source),
        "temperature": parameter("temperature", 37.0, "mammalian body temperature"),
        "V_start": parameter("V_start", 0.0, f"{_ROUND}: no charge is parted yet"),
        "radius": parameter("radius", 10.0, _ROUND),
    }
    along = {
        name: replace(
            output(name, may_be_undefined=name in _OF_A_SPHERE),
            dimension="time",
            coordinate=moments,
            coordinate_unit="ms",
            headline=name == "V",
        )
        for name in (*_ALONG, *_OF_A_SPHERE)
    }
    rests = {name: output(name, may_be_undefined=True) for name in ("V_rest", "time_constant")}
    return Kernel(
        name="charging",
        parameters=parameters,
        outputs=along | {f"E_{ion}": output(f"E_{ion}")} | rests,
        evaluate=_Charging(ion, moments),
        codes=codes(UNDEFINED_OUTPUT),
    )


charging = Factory(
    name="charging",
    options={
        "ion": f'the one ion that leaks, "K" unless given; one of {", ".join(VALENCES)}',
        "times": "a list of times in ms, or { linear = [0, 50], size = 101 } (unless given) or "
        "{ log = [0.01, 1000], size = 50 }",
    },
    build=_build,
)
"""Kernel factory: how a cell with one leak charges, and how few ions that takes.

With a conductance of 0 the potential stays where it was: V holds, V_rest and time_constant do not
exist and are NaN, status 3; so are concentration_change and share_moved without a radius. Status 11
for a negative conductance, and for a capacitance or concentration that is not positive; 10 where a
number leaves the range of the precision.
"""
