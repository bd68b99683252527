"""What may change a channel: a blocked fraction, a blocker's dose, the temperature.

Every modifier brings its own parameters and multiplies the channel's permeability or conductance
by a factor. A channel always has a blocked fraction; the options `block` and `q10` of a kernel add
a Hill block and a Q10 law (read in `channel_options`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.on_demand import Array, Bool, Float, jnp
from leakscape_kernels.protocol import Parameter, Values


def hill_open(concentration: Scalar, IC50: Scalar, hill: Scalar) -> Float[Array, ""]:
    r"""Return the fraction of channels that a blocker leaves open, 1 - b.

    $1 - b = \frac{1}{1 + (c/IC_{50})^n}$: 1 without blocker, 1/2 at $IC_{50}$, 0 at any excess. The
    power is taken of the smaller of $c/IC_{50}$ and its inverse, so that no dose overflows. At
    c = 0 the slopes along $IC_{50}$ and n are 0, as the law has it. That along c is infinite there
    for n < 1, and is given as 0: as a number, it would make all slopes NaN.

    Args:
        concentration: blocker concentration [mmol/L].
        IC50: concentration that blocks one half [mmol/L].
        hill: Hill coefficient n [1].

    Returns:
        open fraction [1].

    References:
        Hill AV (1910) The possible effects of the aggregation of the molecules of haemoglobin on
        its dissociation curves. J Physiol 40:iv-vii. doi:10.1113/jphysiol.1910.sp001386
    """
    weak = jnp.asarray(concentration <= IC50)
    smaller = jnp.where(weak, concentration, IC50)
    larger = jnp.where(weak, IC50, concentration)
    ratio = smaller / larger
    # A power of 0 has no slope along its base for n < 1: there, 1 stands in its place.
    none = ratio == 0
    of_none = jnp.where(jnp.asarray(hill == 1), ratio, jnp.where(jnp.asarray(hill == 0), 1.0, 0.0))
    power = jnp.where(none, of_none, jnp.where(none, 1.0, ratio) ** hill)
    return jnp.where(weak, 1.0, power) / (1.0 + power)


def q10_factor(Q10: Scalar, temperature: Scalar, T_ref: Scalar) -> Float[Array, ""]:
    r"""Return $Q_{10}^{(T - T_{ref})/10}$, the growth of a channel with temperature.

    Args:
        Q10: factor over 10 degC [1].
        temperature: temperature [degC].
        T_ref: temperature at which the factor is 1 [degC].

    Returns:
        the factor [1].
    """
    return jnp.power(Q10, (temperature - T_ref) / 10.0)


@runtime_checkable
class Modifier(Protocol):
    """Something that scales one channel."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters that it adds to the kernel."""

    def factor(self, values: Values) -> Any:
        """Return what the channel is multiplied by [1]."""

    def inside(self, values: Values) -> Any:
        """Return whether the parameters lie in the domain of the law."""


@dataclass(frozen=True)
class BlockedFraction:
    """A given fraction of the channel is shut: a factor 1 - blocked.

    Args:
        channel: the channel's name.
    """

    channel: str

    @property
    def parameters(self) -> dict[str, Parameter]:
        """`blocked_<channel>`, 0 unless given."""
        name = f"blocked_{self.channel}"
        return {name: parameter(name, 0.0, "unblocked")}

    def factor(self, values: Values) -> Float[Array, ""]:
        """Return 1 - blocked [1]."""
        return 1.0 - values[f"blocked_{self.channel}"]

    def inside(self, values: Values) -> Bool[Array, ""]:
        """Return whether the fraction is one."""
        blocked = values[f"blocked_{self.channel}"]
        return (blocked >= 0) & (blocked <= 1)


@dataclass(frozen=True)
class HillBlock:
    """A blocker outside shuts a fraction that follows its dose: a factor 1 - b.

    Args:
        channel: the channel's name.
        blocker: the blocker's name; channels with the same blocker share its concentration.
        IC50: concentration that blocks one half, as a quantity with its unit, or None.
        hill: Hill coefficient [1].
    """

    channel: str
    blocker: str
    IC50: str | None
    hill: float

    @property
    def parameters(self) -> dict[str, Parameter]:
        """`<blocker>_out`, `IC50_<channel>` and `hill_<channel>`."""
        dose, half, power = self._names
        return {
            dose: parameter(dose),
            half: parameter(half, self.IC50, "the option block"),
            power: parameter(power, self.hill, "the option block"),
        }

    @property
    def _names(self) -> tuple[str, str, str]:
        return f"{self.blocker}_out", f"IC50_{self.channel}", f"hill_{self.channel}"

    def factor(self, values: Values) -> Float[Array, ""]:
        """Return the open fraction [1]."""
        dose, half, power = (values[name] for name in self._names)
        return hill_open(dose, half, power)

    def inside(self, values: Values) -> Bool[Array, ""]:
        """Return whether the dose is not negative and both constants are positive."""
        dose, half, power = (values[name] for name in self._names)
        return (dose >= 0) & (half > 0) & (power > 0)


@dataclass(frozen=True)
class Q10Growth:
    """The channel grows with temperature: a factor Q10^((T - T_ref)/10).

    Args:
        channel: the channel's name.
        Q10: factor over 10 degC [1].
        T_ref: temperature of the stated size, as a quantity with its unit, or None.
    """

    channel: str
    Q10: float
    T_ref: str | None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """`temperature`, `Q10_<channel>` and `T_ref_<channel>`."""
        growth, reference = f"Q10_{self.channel}", f"T_ref_{self.channel}"
        return {
            "temperature": TEMPERATURE,
            growth: parameter(growth, self.Q10, "the option q10"),
            reference: parameter(reference, self.T_ref, "the option q10"),
        }

    def factor(self, values: Values) -> Float[Array, ""]:
        """Return the growth since T_ref [1]."""
        Q10, T_ref = values[f"Q10_{self.channel}"], values[f"T_ref_{self.channel}"]
        return q10_factor(Q10, values["temperature"], T_ref)

    def inside(self, values: Values) -> Bool[Array, ""]:
        """Return whether Q10 is positive and both temperatures are numbers."""
        T_ref = values[f"T_ref_{self.channel}"]
        known = jnp.isfinite(values["temperature"]) & jnp.isfinite(T_ref)
        return (values[f"Q10_{self.channel}"] > 0) & known


TEMPERATURE = parameter("temperature", 37.0, "mammalian body temperature")
"""The temperature of every kernel that has one."""


def with_parameters(
    kernel: str, own: Mapping[str, Parameter], changes: Mapping[str, Sequence[Modifier]]
) -> dict[str, Parameter]:
    """Return a kernel's own parameters together with those of its modifiers.

    Args:
        kernel: the kernel's name, for errors.
        own: the parameters that it has in any case [each in its own unit].
        changes: the modifiers by channel.

    Returns:
        every parameter by name [each in its own unit]; modifiers may share one (a blocker of two
        channels).

    Raises:
        ValueError: a modifier's parameter has the name of another one with another meaning.
    """
    merged = dict(own)
    for channel, modifier in ((c, m) for c, several in changes.items() for m in several):
        for name, new in modifier.parameters.items():
            if merged.setdefault(name, new) != new:
                raise ValueError(
                    f"{kernel} {channel}: {name} is already a parameter of this kernel with "
                    "another meaning; give the blocker another name"
                )
    return merged


def scaled(size: Scalar, modifiers: Sequence[Modifier], values: Values) -> Any:
    """Return a permeability or conductance after everything that changes its channel.

    Args:
        size: the unblocked permeability [cm/s] or conductance [mS/cm2].
        modifiers: what changes the channel.
        values: every parameter of the kernel by name [the parameter's unit].

    Returns:
        what is left open [the unit of size].
    """
    # The factors first: they depend on fewer parameters than any concentration term does.
    return math.prod((modifier.factor(values) for modifier in modifiers), start=size)


def all_inside(changes: Mapping[str, Sequence[Modifier]], values: Values) -> Any:
    """Return whether every modifier's parameters lie in its domain.

    Args:
        changes: the modifiers by channel.
        values: every parameter of the kernel by name [the parameter's unit].
    """
    verdict: Any = True
    for modifier in (m for several in changes.values() for m in several):
        verdict = verdict & modifier.inside(values)
    return verdict
