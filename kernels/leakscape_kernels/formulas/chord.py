"""The chord-conductance model: the rest as a weighted mean of reversal potentials.

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import codes
from leakscape_kernels.modifiers import Modifier, all_inside, scaled, with_parameters
from leakscape_kernels.nomenclature import is_owner, output, parameter
from leakscape_kernels.numerics import Scalar, nan_unless
from leakscape_kernels.on_demand import Array, Float, jnp
from leakscape_kernels.options.channels import OPTIONS, modifiers
from leakscape_kernels.protocol import Factory, Kernel, Values, status

_TEXTBOOK = "g_K/g_Na = 6.5 puts the rest of -90 and +60 mV at -70 mV"

_CONDUCTANCE: dict[str, float] = {"K": 0.1, "Na": 0.1 / 6.5}
"""Default conductance by leak [mS/cm2]."""

_REVERSAL: dict[str, float] = {"K": -90.0, "Na": 60.0}
"""Default reversal potential by leak [mV]."""

_CONDUCTANCES, _CURRENTS = ("nS", "nS/pF"), ("pA", "pA/pF")
"""What conductances may be given in too, and the currents that they carry over 1 mV."""


def voltage(conductance: Sequence[Scalar], reversal: Sequence[Scalar]) -> Float[Array, ""]:
    r"""Return the potential at which the ohmic currents of all leaks sum to zero.

    $V = \sum g_j E_j / \sum g_j$. Only ratios of conductances matter, and the result always lies
    between the smallest and the largest reversal potential. NaN where no leak conducts.

    Args:
        conductance: of each leak, none negative [mS/cm2, or any common unit].
        reversal: reversal potential of each leak [mV].

    Returns:
        V, inside minus outside [mV].
    """
    total: Any = sum(conductance)
    pull: Any = sum(g * E for g, E in zip(conductance, reversal, strict=True))
    return nan_unless(jnp.asarray(total > 0), jnp.divide(pull, total))


@dataclass(frozen=True)
class _Rest:
    """The evaluation behind `chord_conductance`, for the modifiers of its leaks."""

    changes: Mapping[str, tuple[Modifier, ...]]

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output of `chord_conductance` and the status."""
        g = {leak: scaled(values[f"g_{leak}"], self.changes[leak], values) for leak in self.changes}
        E = {leak: values[f"E_{leak}"] for leak in self.changes}
        total: Any = sum(g.values())
        defined = all_inside(self.changes, values) & (total > 0)
        finite = jnp.isfinite(total)
        for leak in self.changes:
            defined &= values[f"g_{leak}"] >= 0
            finite &= jnp.isfinite(E[leak])
        V = nan_unless(defined & finite, voltage(list(g.values()), list(E.values())))
        found = {"V_rest": V, "total_conductance": nan_unless(defined, total)}
        for leak in self.changes:
            force = V - E[leak]
            found[f"driving_force_{leak}"] = force
            found[f"I_{leak}"] = g[leak] * force
        return found | {"status": status(defined, finite)}


def _build(leaks: Any = ("K", "Na"), block: Any = None, q10: Any = None) -> Kernel:
    """Return the kernel `chord_conductance` for its options, which may be anything yet."""
    names = _leak_names(leaks)
    changes = modifiers("chord_conductance", names, block, q10)
    own = {}
    for leak in names:
        source = _TEXTBOOK if leak in _CONDUCTANCE else ""
        own[f"g_{leak}"] = replace(
            parameter(f"g_{leak}", _CONDUCTANCE.get(leak), source),
            divide_by="area",
            multiply_by="capacitance",
            whole_cell=_CONDUCTANCES,
        )
        own[f"E_{leak}"] = parameter(f"E_{leak}", _REVERSAL.get(leak), source)
    outputs = {"V_rest": output("V_rest", headline=True)}
    outputs |= {f"I_{n}": replace(output(f"I_{n}"), whole_cell=_CURRENTS) for n in names}
    outputs |= {f"driving_force_{n}": output(f"driving_force_{n}") for n in names}
    outputs["total_conductance"] = replace(output("total_conductance"), whole_cell=_CONDUCTANCES)
    return Kernel(
        name="chord_conductance",
        parameters=with_parameters("chord_conductance", own, changes),
        outputs=outputs,
        evaluate=_Rest(changes),
        codes=codes(),
    )


def _leak_names(leaks: Any) -> list[str]:
    """Return the names of the leaks after a look at each."""
    where = "chord_conductance leaks"
    if isinstance(leaks, str) or not isinstance(leaks, Sequence) or not leaks:
        raise ValueError(f'{where}: needs a list of names such as ["K", "Na"], got {leaks!r}')
    for leak in leaks:
        if not isinstance(leak, str) or not is_owner(leak):
            raise ValueError(
                f"{where}: a name is a letter, then letters and digits, and not in or out; "
                f"got {leak!r}"
            )
    if len(set(leaks)) < len(leaks):
        raise ValueError(f"{where}: every name once, got {list(leaks)}")
    return list(leaks)


chord_conductance = Factory(
    name="chord_conductance",
    options={"leaks": 'names of the leaks, ["K", "Na"] unless given', **OPTIONS},
    build=_build,
)
"""Kernel factory: the rest of ohmic leaks, with the current and driving force of each.

A leak other than K and Na has no default conductance and reversal potential. The currents sum to
zero. With every leak closed there is no rest: NaN, status 11. With status 10 or 11 every output is
NaN, but for `total_conductance`, which an undefined reversal potential leaves alone.

Conductances may all be in nS, or all per capacitance, without an area, since only their ratios
matter: currents are then in pA, or per capacitance.
"""
