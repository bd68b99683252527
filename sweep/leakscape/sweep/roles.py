"""Roles that outputs and axes play for one another, as far as names and units tell them.

No kernel says yet which of its outputs is of what kind: until one does, here is the one place that
knows what a membrane's are called.
"""

from __future__ import annotations

import numpy as np

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.sweep.noun import Sweep

STABLE = "stable"
"""The output that says of each solution whether it is stable: 1, 0, or -1 for none."""
_POTENTIAL, _CURRENTS = "mV", ("uA/cm2", "pA")


def stability_of(sweep: Sweep, output: str) -> str:
    """Return the output that says which of the solutions in another one are stable, "" if none.

    Args:
        sweep: the sweep.
        output: an output; only one with a dimension of its own has several solutions at a point.
    """
    if STABLE not in sweep.outputs or output == STABLE:
        return ""
    dims = sweep.dataset[output].dims
    own = set(dims) - set(sweep.swept)
    return STABLE if own and sweep.dataset[STABLE].dims == dims else ""


def is_current(sweep: Sweep, output: str) -> bool:
    """Tell whether an output is a current, the sign of which says inward or outward."""
    unit = sweep.unit_of(output)
    try:
        return any(units.same_dimension(unit, own) for own in _CURRENTS)
    except DeclarationError:  # a unit that some other program wrote
        return False


def is_potential(sweep: Sweep, name: str) -> bool:
    """Tell whether a variable is a potential."""
    try:
        return units.same_dimension(sweep.unit_of(name), _POTENTIAL)
    except DeclarationError:
        return False


def is_current_over_potential(sweep: Sweep, output: str, x: str) -> bool:
    """Tell whether an output along an axis is a current-voltage curve.

    Args:
        sweep: the sweep.
        output: the output.
        x: the axis.
    """
    return is_potential(sweep, x) and is_current(sweep, output)


def meanings_of(sweep: Sweep, output: str) -> dict[int, str]:
    """Return what the whole numbers of an output stand for, as CF conventions tell it.

    Args:
        sweep: the sweep.
        output: an output with `flag_values` and `flag_meanings`; of any other there are none.
    """
    attributes = sweep.dataset[output].attrs
    values, words = attributes.get("flag_values"), attributes.get("flag_meanings")
    if values is None or not isinstance(words, str):
        return {}
    numbers, said = np.atleast_1d(np.asarray(values)).tolist(), words.split()
    if len(numbers) != len(said):
        return {}
    return {int(number): word.replace("_", " ") for number, word in zip(numbers, said, strict=True)}
