"""The Nernst equation: the potential at which one ion is at equilibrium."""

from __future__ import annotations

from leakscape_kernels.codes import codes
from leakscape_kernels.constants import MILLIVOLT_PER_KELVIN, T0
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import Scalar, log_ratio, nan_unless
from leakscape_kernels.on_demand import Array, Float, jnp
from leakscape_kernels.protocol import Kernel, Values, status

_TEXTBOOK = "potassium of a textbook mammalian neuron"


def thermal_voltage(temperature: Scalar) -> Float[Array, ""]:
    """Return RT/F, the potential over which a concentration ratio changes e-fold.

    26.727 mV at 37 degC. NaN at and below absolute zero, and for an infinite temperature.

    Args:
        temperature: temperature [degC].

    Returns:
        RT/F [mV].
    """
    kelvin = jnp.asarray(temperature + T0)
    return nan_unless((kelvin > 0) & (kelvin < jnp.inf), MILLIVOLT_PER_KELVIN * kelvin)


def reversal_potential(
    valence: Scalar, inside: Scalar, outside: Scalar, temperature: Scalar
) -> Float[Array, ""]:
    r"""Return the equilibrium potential of an ion, inside minus outside.

    $E = \frac{RT}{zF} \ln\frac{c_o}{c_i}$. It changes sign with the valence and when the sides are
    swapped, and is proportional to the absolute temperature. NaN where it does not exist: a
    valence of 0, a concentration that is not positive.

    Args:
        valence: charge number of the ion, with its sign [1].
        inside: concentration inside [mmol/L].
        outside: concentration outside [mmol/L].
        temperature: temperature [degC].

    Returns:
        E [mV].

    References:
        Nernst W (1888) Zur Kinetik der in Lösung befindlichen Körper. Z Phys Chem 2:613-637.
        doi:10.1515/zpch-1888-0274
    """
    charge = jnp.asarray(valence, float)
    voltage = thermal_voltage(temperature) / nan_unless(charge != 0, charge)
    return voltage * log_ratio(outside, inside)


def _evaluate(values: Values) -> dict[str, Array]:
    """Return E and the status of the kernel `nernst`."""
    inside, outside, valence = values["inside"], values["outside"], values["valence"]
    kT = thermal_voltage(values["temperature"])
    defined = (inside > 0) & (outside > 0) & (valence != 0) & (kT > 0)
    E = reversal_potential(valence, inside, outside, values["temperature"])
    return {"E": E, "status": status(defined, jnp.isfinite(E))}


nernst = Kernel(
    name="nernst",
    parameters={
        "valence": parameter("valence", 1.0, _TEXTBOOK),
        "inside": parameter("inside", 140.0, _TEXTBOOK),
        "outside": parameter("outside", 5.0, _TEXTBOOK),
        "temperature": parameter("temperature", 37.0, "mammalian body temperature"),
    },
    outputs={"E": output("E", headline=True)},
    evaluate=_evaluate,
    codes=codes(),
)
"""Kernel: the reversal potential of one ion."""
