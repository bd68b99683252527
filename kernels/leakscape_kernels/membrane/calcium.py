r"""Calcium inside, where a current brings it in and something removes it.

$\dot c = -\frac{free}{2 F\,shell} I_{Ca} - \frac{c - Ca_{in}}{removal\ time}$: what comes in
through every mechanism whose ion is Ca stays in a shell beneath the membrane, a part of it free,
and decays to the concentration that the cell has at rest. At an equilibrium
$c = Ca_{in} - removal\ time\, \frac{free}{2F\,shell} I_{Ca}$.

Limits:
    One shell, without diffusion or saturable buffers. The reversal potential of Ca stays that of
    the solutions that are given. No gate of a calcium current follows what that current brings in.

References:
    Traub RD, Wong RKS, Miles R, Michelson H (1991) A model of a CA3 hippocampal pyramidal neuron
    incorporating voltage-clamp data on intrinsic conductances. J Neurophysiol 66:635-650.
    doi:10.1152/jn.1991.66.2.635
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.gate import Gated
from leakscape_kernels.mechanisms.mechanism import Ion, Mechanism
from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.on_demand import jnp
from leakscape_kernels.options.tables import known_keys, quantity
from leakscape_kernels.protocol import Parameter, Values

ION = "Ca"
"""The ion that gates may follow."""

KEYS = {"removal_time": None, "shell": None, "free": 1.0}
"""The keys of the table `calcium` and their defaults [the symbol's unit]."""

PER_CHARGE = 10.0 / (2.0 * F)
"""What 1 uA/cm2 of Ca brings into a shell of 1 um within 1 ms [mmol/L]."""


def follows(mechanism: Mechanism) -> bool:
    """Return whether a mechanism has a gate that follows calcium."""
    law = mechanism.current
    return isinstance(law, Gated) and any(gate.follows_calcium for gate in law.gates)


def checked(
    table: Any, mechanisms: Mapping[str, Mechanism], ions: Mapping[str, Ion]
) -> Mapping[str, Any] | None:
    """Return the table `calcium` of a membrane after a look at it, None without one.

    Raises:
        ValueError: calcium is asked for without the ion, or the table does not fit.
    """
    followers = [name for name, mechanism in mechanisms.items() if follows(mechanism)]
    if followers and ION not in ions:
        raise ValueError(
            f"membrane mechanism {followers[0]}: a gate follows Ca, which is no ion of the "
            "membrane; add Ca to ions"
        )
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ValueError(f"membrane calcium: needs a table, got {table!r}")
    known_keys("membrane calcium", table, tuple(KEYS))
    if ION not in ions:
        raise ValueError("membrane calcium: the membrane has no ion Ca; add Ca to ions")
    sources = [name for name, mechanism in mechanisms.items() if mechanism.ion == ION]
    if not sources:
        raise ValueError('membrane calcium: no mechanism has the ion Ca; give one ion = "Ca"')
    both = [name for name in sources if name in followers]
    if both:
        raise ValueError(
            f"membrane mechanism {both[0]}: carries Ca and has a gate that follows it; leave one "
            "of both, or the table calcium"
        )
    return table


def parameters(table: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the parameters of calcium inside."""
    found = {}
    for key, default in KEYS.items():
        name = f"{key}_{ION}"
        row = parameter(name, default, "all of it" if default is not None else "")
        if key in table:
            value = quantity(f"membrane calcium: {key}", table[key], row.unit)
            row = parameter(name, value, "the membrane's table")
        found[name] = row
    return found


def inside(values: Values) -> Any:
    """Return whether what is divided by is above 0."""
    removal, shell = values[f"removal_time_{ION}"], values[f"shell_{ION}"]
    return (removal > 0) & (shell > 0)


def change(values: Values, current: Any, calcium: Any) -> Any:
    """Return how fast calcium changes [mmol/L/ms].

    Args:
        values: the membrane's parameters.
        current: of all mechanisms that carry Ca, outward positive [uA/cm2].
        calcium: its concentration inside [mmol/L].
    """
    removal = values[f"removal_time_{ION}"]
    gain = PER_CHARGE * values[f"free_{ION}"] / values[f"shell_{ION}"]
    return -gain * current - (calcium - values[f"{ION}_in"]) / removal


def balanced(values: Values, current: Any) -> Any:
    """Return the concentration at which calcium does not change [mmol/L].

    None is left where an outward current would leave less.

    Args:
        values: the membrane's parameters.
        current: of all mechanisms that carry Ca, outward positive [uA/cm2].
    """
    removal = values[f"removal_time_{ION}"]
    gain = PER_CHARGE * values[f"free_{ION}"] / values[f"shell_{ION}"]
    return jnp.maximum(values[f"{ION}_in"] - removal * gain * current, 0.0)
