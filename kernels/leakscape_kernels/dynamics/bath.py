"""Whether the charges of a bath can add up to zero.

The equations of pump and leak need no neutral bath, but there is none other: a bath that is not
neutral was written down wrongly, or lacks an ion that the model does not know.
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.on_demand import jnp

TOLERANCE = 0.005
"""Charge that a bath may have to spare, as a part of Na + K + Cl [1]. Three concentrations rounded
to whole mmol/L are off by up to 1.5 mmol/L together, of 300 mmol/L in a mammalian saline."""

MOST_CHARGES = 2.0
"""Charges that one impermeant solute may carry, of either sign, as sulfate does [1]. Gluconate,
isethionate, NMDG and choline carry one, sucrose none."""


def is_neutral(Na: Any, K: Any, Cl: Any, X: Any, *, charge: Any = 0.0) -> Any:
    """Return whether impermeant solutes can make up what a bath's ions lack of neutrality.

    Args:
        Na: sodium [mmol/L, or any common unit].
        K: potassium.
        Cl: chloride.
        X: impermeant solutes, whose charge is not given.
        charge: further charge that is known [the same unit].

    Returns:
        whether |Na + K - Cl + charge| is at most `MOST_CHARGES` X and a tolerance.
    """
    lacking = jnp.abs(Na + K - Cl + charge)
    return lacking <= MOST_CHARGES * X + TOLERANCE * (Na + K + Cl)
