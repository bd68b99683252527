"""What the data cannot tell apart, in plain words, from the information and the profiles.

A direction along which no residual changes is a ridge: of the unknowns in it only combinations are
determined. Local statements: they hold at the best fit, and along the ridge as far as it is
straight in the unknowns' natural scales.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.amounts import number, quantity
from leakscape.analyse.fit.information import (
    NO_EFFECT,
    SHARE,
    Directions,
    covariance,
    directions,
)
from leakscape.analyse.fit.least_squares import Best
from leakscape.analyse.fit.many import log_likelihood, mapped
from leakscape.analyse.fit.open_sides import open_sides
from leakscape.analyse.fit.profiles import LEVELS, Profiles

Floats = NDArray[np.float64]

STRONG = 0.98
"""A correlation beyond it is told."""
EQUAL = 1e-3
"""Components of a direction that differ by less are equal."""
MOVE = 0.01
"""The change by which a ridge is described: 1 %."""
FAR, SAME = 0.05, 1e-6
"""A form of a ridge is claimed where the data are as likely 5 % farther along it, each to this."""


def ridges(problem: Any, best: Best, profiles: Profiles | None = None) -> list[str]:
    """Say what the data do not determine.

    Args:
        problem: the `Problem` that was fitted.
        best: its best fit.
        profiles: its profiles, which tell of sides without a bound.

    Returns:
        Sentences; none where everything is determined.
    """
    found = best.information
    told = _few(problem, best)
    moving = np.flatnonzero(best.at_bound == 0)
    if moving.size:
        # Of the data alone: an informative prior may settle what they leave open.
        of_data = directions(found.data[:, moving], found.width[moving])
        rests = covariance(found, best.at_bound != 0)[1]
        told += _inert(problem, of_data, moving, profiles, best)
        for members, null in _blocks(of_data):
            sentence = _ridge(problem, best, moving[members], null)
            settled = bool(rests[moving[members]].all())
            told.append(sentence + ("; the priors settle the rest." if settled else "."))
    told += _pairs(best)
    return told + (open_sides(problem, profiles) if profiles is not None else [])


def _few(problem: Any, best: Best) -> list[str]:
    unknowns, data = len(best.names), best.n_data
    if data >= unknowns:
        return []
    missing = unknowns - data
    them = "combination" if missing == 1 else "combinations"
    measured = len(best.information.prior)
    follows = (
        "what is told of them is their priors"
        if measured >= missing
        else "such unknowns have no standard error, and chi2 says nothing of the fit"
    )
    return [
        f"There are {data} data for {unknowns} unknowns: at least {missing} {them} of the unknowns "
        f"cannot be determined by them; {follows}."
    ]


def _inert(
    problem: Any,
    found: Directions,
    moving: NDArray[np.intp],
    profiles: Profiles | None,
    best: Best,
) -> list[str]:
    told = []
    for place in moving[found.inert]:
        unknown = problem.unknowns[place]
        name, flat = unknown.flat_name, True
        if profiles is not None and not unknown.informative:
            flat = bool(profiles.chi2[place].max() - best.objective < LEVELS[0])
        changes = f"{name} does not change any output"
        if np.any(best.information.data[:, place]):
            # Little, or nothing but for rounding.
            changes = f"{name} changes no output by more than {NO_EFFECT:g} of its error"
            changes += " within its prior" if not unknown.informative else ""
        if unknown.informative:
            told.append(f"{changes}: what is told of it is its prior.")
        elif flat:
            told.append(f"{changes}.")
        else:
            told.append(
                f"{name} does not change any output near the best fit, but does farther off."
            )
    return told


def _blocks(found: Directions) -> list[tuple[NDArray[np.intp], Floats]]:
    """Return unknowns that share undetermined directions, and those directions in natural scale."""
    rest = np.flatnonzero(~found.inert)
    # What inert unknowns have to themselves leaves no part here.
    _, sizes, vectors = np.linalg.svd(found.null[:, rest], full_matrices=False)
    null = vectors[sizes > 0.5]
    if not null.size:
        return []
    linked = np.abs(null.T @ null) > SHARE**2
    left = {int(i) for i in np.flatnonzero(np.diag(linked))}
    blocks = []
    while left:
        block, edge = set[int](), {min(left)}
        while edge:
            block |= edge
            edge = {int(j) for i in edge for j in np.flatnonzero(linked[i])} & left - block
        left -= block
        inside = np.array(sorted(block))
        _, sizes, vectors = np.linalg.svd(null[:, inside], full_matrices=False)
        vectors = vectors[sizes > 0.5]
        blocks.append((rest[inside], vectors / found.effect[rest[inside]]))
    return blocks


def _ridge(problem: Any, best: Best, members: NDArray[np.intp], null: Floats) -> str:
    """Say which combination of some unknowns is determined, without a full stop."""
    names = [best.names[i] for i in members]
    if len(null) > 1:
        free = len(members) - len(null)
        some = "one combination" if free == 1 else f"{free} combinations"
        return f"only {some} of {_listed(names)} can be determined, not each of them"
    direction = null[0] / np.abs(null[0]).max()
    change = direction * best.information.slope[members]  # of values
    positive = np.array([_positive(problem, best, i) for i in members])
    growth = change / np.where(positive, best.values[members], 1.0)
    said = ""
    if positive.all() and np.ptp(growth / np.abs(growth).max()) < EQUAL:
        said = _ratios(problem, best, members)
    elif len(members) == 2 and all(problem.unknowns[i].logarithmic for i in members):
        said = _power_law(names, direction)
    elif len(members) == 2 and positive.any():
        one = int(np.flatnonzero(positive)[0])
        other = problem.unknowns[members[1 - one]]
        said = _factor(names, one, other.unit, change[1 - one] / growth[one])
        positive[1 - one] = False
    if said and _unchanged(problem, best, members, growth, change, positive):
        return said
    together = "one parameter here" if len(members) == 2 else "not determined together"
    largest = np.abs(direction / best.information.width[members]).max()
    if not any(problem.unknowns[i].logarithmic for i in members):
        # A straight ridge may be described by any step: by a round one of the first.
        step = change / change[0]
        step *= 10.0 ** np.round(np.log10(np.abs(change[0]) / largest))
        if _unchanged(problem, best, members, growth, step, np.zeros(len(members), bool)):
            moves = [_step(problem, int(i), x) for i, x in zip(members, step, strict=True)]
            return f"{_listed(names)} are {together}: {_listed(moves)} leave every output as it is"
    moves = [
        _move(problem, best, int(i), x)
        for i, x in zip(members, MOVE * change / largest, strict=True)
    ]
    return f"{_listed(names)} are {together}: {_listed(moves)} leave every output as it is"


def _ratios(problem: Any, best: Best, members: NDArray[np.intp]) -> str:
    """Name the ratios to the first, which are determined, with values and standard errors."""
    found, names = best.information, [best.names[i] for i in members]
    moving = np.flatnonzero(best.at_bound == 0)
    inverse = directions(found.rows[:, moving], found.width[moving]).pseudo_inverse
    first, ratios = members[0], []
    for place in members[1:]:
        value = best.values[place] / best.values[first]
        # d ln ratio / d n; along the ridge it is 0, so that the inverse without it will do.
        along = np.where(moving == place, found.slope[place] / best.values[place], 0.0)
        along -= np.where(moving == first, found.slope[first] / best.values[first], 0.0)
        error = value * np.sqrt(along @ inverse @ along)
        units = [problem.unknowns[i].unit for i in (place, first)]
        unit = "1" if units[0] == units[1] else f"{units[0]}/{units[1]}"
        told = f"{number(value)} +- {quantity(float(error), unit, 2)}"
        ratios.append(f"{best.names[place]}/{best.names[first]} = {told}")
    if len(ratios) == 1:
        return f"only the ratio {ratios[0]} is determined; {_listed(names)} themselves are not"
    return f"only ratios are determined: {_listed(ratios)}; {_listed(names)} together are not"


def _power_law(names: list[str], direction: Floats) -> str:
    """Write the product of two unknowns that a direction leaves as it is."""
    power = -direction[0] / direction[1]
    whole = "" if abs(power - 1.0) < EQUAL else f"^{number(power, 3)}"
    said = f"{names[0]} x {names[1]}{whole}"
    what = "combination" if whole else "product"
    return f"only the {what} {said} is determined; {_listed(names)} themselves are not"


def _factor(names: list[str], one: int, unit: str, slope: float) -> str:
    """Say that one unknown is a factor of which another is the logarithm, d other / d ln one."""
    factor, shift = names[one], names[1 - one]
    sign, up = ("-", "raised") if slope > 0.0 else ("", "lowered")
    return (
        f"{_listed(names)} are one parameter here: only {factor} x exp({sign}{shift} / "
        f"({quantity(abs(slope), unit)})) is determined, for {factor} may grow by 1 % where "
        f"{shift} is {up} by {quantity(abs(slope) * MOVE, unit, 3)}"
    )


def _unchanged(
    problem: Any,
    best: Best,
    members: NDArray[np.intp],
    growth: Floats,
    change: Floats,
    factors: NDArray[np.bool_],
) -> bool:
    """Tell whether data are as likely farther along a ridge, where some unknowns are factors.

    Without any, it is by `change` that the unknowns are moved.
    """
    moved = best.values.copy()
    step = np.log1p(FAR) / np.abs(growth[factors]).max() if factors.any() else 1.0
    along = np.where(factors, best.values[members] * np.exp(growth * step), 0.0)
    moved[members] = np.where(factors, along, best.values[members] + change * step)
    here, there = mapped(problem, log_likelihood, np.stack([best.values, moved]))
    return bool(np.abs(there - here).max() < SAME)


def _positive(problem: Any, best: Best, place: Any) -> bool:
    unknown = problem.unknowns[place]
    return bool(unknown.logarithmic or (unknown.low >= 0.0 and best.values[place] > 0.0))


def _move(problem: Any, best: Best, place: int, change: float) -> str:
    unknown = problem.unknowns[place]
    if unknown.logarithmic:
        return f"{unknown.flat_name} {100.0 * change / best.values[place]:+.3g} %"
    sign = "+" if change >= 0.0 else "-"
    return f"{unknown.flat_name} {sign}{quantity(abs(change), unknown.unit, 3)}"


def _step(problem: Any, place: int, change: float) -> str:
    unknown = problem.unknowns[place]
    way = "more" if change >= 0.0 else "less"
    return f"{quantity(abs(change), unknown.unit, 3)} {way} of {unknown.flat_name}"


def _pairs(best: Best) -> list[str]:
    """Name pairs that are determined, but hardly apart."""
    told = []
    for i, j in zip(*np.triu_indices(len(best.names), 1), strict=True):
        r = best.correlation[i, j]
        if abs(r) > STRONG:
            told.append(
                f"{best.names[i]} and {best.names[j]} are strongly correlated "
                f"({_correlation(r)}): each is determined, but much less well than a combination "
                "of both."
            )
    return told


def _correlation(r: float) -> str:
    """Write a correlation; what is not 1 never reads 1."""
    digits = 3 if abs(r) < 0.999 else int(np.ceil(-np.log10(max(1.0 - abs(r), 1e-12)))) + 1
    return f"r = {r:.{digits}f}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
