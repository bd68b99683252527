"""Roles that outputs and axes play for one another, as their kernel said or as one may guess.

A kernel's words are in the attribute `role` of a variable, and what its whole numbers stand for in
`flag_values` and `flag_meanings`. A store of before these were written, a kernel that says nothing
and another program leave names and units to go by: here is the one place that guesses.
"""

from __future__ import annotations

from leakscape.declare import units
from leakscape.declare.roles import COUNT, CURRENT, NET_CURRENT, POTENTIAL, ROLES, STABILITY, STABLE
from leakscape.errors import DeclarationError
from leakscape.status import flags
from leakscape.sweep.noun import Sweep

_GUESSED, _GUESSED_FLAG = "stable", 1
"""What an output that tells stability is called where nobody says so, and its number for stable."""
_POTENTIAL, _CURRENTS = "mV", ("uA/cm2", "pA")


def roles_of(sweep: Sweep, name: str) -> set[str]:
    """Return the roles that a variable says it has, none for one of which nothing is said.

    Args:
        sweep: the sweep.
        name: an output or an axis.
    """
    known = name in sweep.dataset.variables
    return ROLES.keys() & (sweep.says("role", of=name).split() if known else ())


def stability_of(sweep: Sweep, output: str) -> str:
    """Return the output that says which of the solutions in another one are stable, "" if none.

    Args:
        sweep: the sweep.
        output: an output; only one with a dimension of its own has several solutions at a point.
    """
    dims = sweep.dataset[output].dims
    if set(dims) <= set(sweep.swept):
        return ""
    beside = [n for n in sweep.outputs if n != output and sweep.dataset[n].dims == dims]
    told = [name for name in beside if STABILITY in roles_of(sweep, name)]
    guessed = [name for name in beside if name == _GUESSED and not roles_of(sweep, name)]
    if output == _GUESSED or STABILITY in roles_of(sweep, output):
        return ""
    return next(iter([*told, *guessed]), "")


def slots_of(sweep: Sweep, output: str) -> str:
    """Return the dimension of an output that lists solutions, stable and unstable, "" if none.

    Args:
        sweep: the sweep.
        output: an output.
    """
    if not stability_of(sweep, output):
        return ""
    own = [str(dim) for dim in sweep.dataset[output].dims if dim not in sweep.swept]
    return own[0] if len(own) == 1 else ""


def stable_flag(sweep: Sweep, stability: str) -> int:
    """Return the number that means stable in an output that tells stability.

    Args:
        sweep: the sweep.
        stability: the output, as `stability_of` named it.
    """
    told = {word: number for number, word in flags(sweep.dataset[stability].attrs).items()}
    return told.get(STABLE, _GUESSED_FLAG)


def is_count(sweep: Sweep, output: str) -> bool:
    """Tell whether an output counts something; whole numbers do, unless they say otherwise.

    Args:
        sweep: the sweep.
        output: the output.
    """
    told = roles_of(sweep, output)
    if sweep.dataset[output].dtype.kind not in "iu":
        return False
    return COUNT in told if told else not flags(sweep.dataset[output].attrs)


def is_current_over_potential(sweep: Sweep, output: str, x: str) -> bool:
    """Tell whether an output along an axis is a current-voltage curve, whose zeros are rests.

    Args:
        sweep: the sweep.
        output: the output.
        x: the axis.
    """
    if told := roles_of(sweep, output):
        return NET_CURRENT in told and POTENTIAL in roles_of(sweep, x)
    return is_current(sweep, output) and is_potential(sweep, x)


def is_current(sweep: Sweep, output: str) -> bool:
    """Tell whether an output is a current, the sign of which says inward or outward."""
    if told := roles_of(sweep, output):
        return bool(told & {CURRENT, NET_CURRENT})
    return any(_is_like(sweep, output, own) for own in _CURRENTS)


def is_potential(sweep: Sweep, name: str) -> bool:
    """Tell whether a variable is a potential, which a unit alone tells no surer than that."""
    return POTENTIAL in roles_of(sweep, name) or _is_like(sweep, name, _POTENTIAL)


def _is_like(sweep: Sweep, name: str, unit: str) -> bool:
    try:
        return units.same_dimension(sweep.unit_of(name), unit)
    except DeclarationError:  # a unit that some other program wrote
        return False


def meanings_of(sweep: Sweep, output: str) -> dict[int, str]:
    """Return what the whole numbers of an output stand for, in words.

    Args:
        sweep: the sweep.
        output: an output with `flag_values` and `flag_meanings`; of any other there are none.
    """
    told = flags(sweep.dataset[output].attrs)
    return {number: word.replace("_", " ") for number, word in told.items()}
