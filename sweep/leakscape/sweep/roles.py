"""Roles that outputs and axes play for one another, as their kernel said or as one may guess.

A kernel's words are in the attribute `role` of a variable, and what its whole numbers stand for in
`flag_values` and `flag_meanings`. A store of before these were written, a kernel that says nothing
and another program leave names and units to go by: here is the one place that guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.declare.roles import (
    COUNT,
    CURRENT,
    GROWING,
    NET_CURRENT,
    POTENTIAL,
    RATE,
    RISING,
    ROLES,
    SLOPE,
    STABILITY,
    STABLE,
)
from leakscape.errors import DeclarationError
from leakscape.status import flags
from leakscape.sweep.noun import Sweep

_GUESSED, _GUESSED_FLAG = "stable", 1
"""What an output that tells stability is called where nobody says so, and its number for stable."""
_OF_EACH = {STABILITY, GROWING, SLOPE}
"""Roles of what tells something of each solution, and lists none itself."""
_POTENTIAL, _CURRENTS, _TIME = "mV", ("uA/cm2", "pA"), "s"


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
    return _beside(sweep, output, STABILITY)


def slots_of(sweep: Sweep, output: str) -> str:
    """Return the dimension of an output that lists solutions, stable and unstable, "" if none.

    Args:
        sweep: the sweep.
        output: an output.
    """
    if not (stability_of(sweep, output) or _beside(sweep, output, GROWING)):
        return ""
    own = [str(dim) for dim in sweep.dataset[output].dims if dim not in sweep.swept]
    return own[0] if len(own) == 1 else ""


def _beside(sweep: Sweep, output: str, role: str) -> str:
    """Return the output that tells a thing of each of the solutions in another one, "" if none."""
    dims = sweep.dataset[output].dims
    if set(dims) <= set(sweep.swept) or roles_of(sweep, output) & _OF_EACH:
        return ""
    beside = [n for n in sweep.outputs if n != output and sweep.dataset[n].dims == dims]
    told = [name for name in beside if role in roles_of(sweep, name)]
    if role != STABILITY:
        return next(iter(told), "")
    guessed = [name for name in beside if name == _GUESSED and not roles_of(sweep, name)]
    return "" if output == _GUESSED else next(iter([*told, *guessed]), "")


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What is told of the solutions of which something grows.

    Args:
        names: the outputs that tell it.
        counted: whether they tell a saddle from another unstable solution.
        modes: takes the values of these outputs and returns how many modes grow: 0 where a
            solution is stable; where nothing counts them, 1 where it is not.
    """

    names: tuple[str, ...]
    counted: bool
    modes: Callable[[Sequence[NDArray[np.float64]]], NDArray[np.int64]]


def growth_of(sweep: Sweep, output: str) -> Growth:
    """Return what tells how many modes grow at the solutions in an output.

    Args:
        sweep: the sweep.
        output: the output, of which `slots_of` is known.
    """
    if growing := _beside(sweep, output, GROWING):
        return Growth(
            names=(growing,),
            counted=True,
            modes=lambda told: np.nan_to_num(told[0]).astype(np.int64),
        )
    stability, slope = stability_of(sweep, output), _beside(sweep, output, SLOPE)
    stable = stable_flag(sweep, stability)
    if slope:
        rising = _flag(sweep, slope, RISING)
        return Growth(
            names=(stability, slope),
            counted=True,
            modes=lambda told: np.where(told[0] == stable, 0, np.where(told[1] == rising, 2, 1)),
        )
    return Growth(
        names=(stability,),
        counted=False,
        modes=lambda told: np.where(told[0] == stable, 0, 1),
    )


def stable_flag(sweep: Sweep, stability: str) -> int:
    """Return the number that means stable in an output that tells stability.

    Args:
        sweep: the sweep.
        stability: the output, as `stability_of` named it.
    """
    return _flag(sweep, stability, STABLE)


def _flag(sweep: Sweep, name: str, word: str) -> int:
    told = {word: number for number, word in flags(sweep.dataset[name].attrs).items()}
    return told.get(word, _GUESSED_FLAG)


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


def is_rate(sweep: Sweep, output: str) -> bool:
    """Tell whether an output says how often something happens, 0 where it never does."""
    return RATE in roles_of(sweep, output)


def is_time(sweep: Sweep, dim: str) -> bool:
    """Tell whether a dimension is a time along which an output was followed, which none swept."""
    known = dim in sweep.dataset.coords and dim not in sweep.swept and not sweep.is_text(dim)
    return known and _is_like(sweep, dim, _TIME)


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
