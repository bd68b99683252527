"""What a fit found, in words: a table of the unknowns, how well it fits, and what is not known.

Everything is read from the tree, so that a result that was stored says the same.
"""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

from leakscape.amounts import amount, number
from leakscape.card import Card, Section, Table

Floats = NDArray[np.float64]

PARAMETER, OTHER, ROW = "parameter", "other_parameter", "row"
UNLIKELY = 0.05
"""A chi2 that would be exceeded in a smaller share of tables is said to reject the model."""
LEVELS = ("68", "95")
QUANTILES = {"68": (0.16, 0.84), "95": (0.025, 0.975)}
NOT_DETERMINED = "not determined"


def card(tree: xr.DataTree) -> Card:
    """Say what a fit found.

    Args:
        tree: what `leakscape.fit` returned.

    Returns:
        A card: the unknowns, the misfit, and sentences on what the data do not tell.
    """
    method = str(tree.attrs["method"])
    title = f"{tree.attrs['name']}: {METHODS[method]}"
    texts = tuple(_sentences(tree))
    remarks = tuple(_sentence(text) for text in json.loads(tree.attrs.get("remarks", "[]")))
    return Card(
        title=title,
        texts=(str(tree.attrs["question"]),) if tree.attrs.get("question") else (),
        sections=(
            Section(heading=_heading(tree), table=_table(tree)),
            Section(heading="In short", texts=(*texts, *remarks)),
        ),
    )


METHODS = {
    "scan": "fit by a scan of the prior",
    "nuts": "fit by chains (NUTS)",
    "lm": "fit by least squares",
}


def _heading(tree: xr.DataTree) -> str:
    if "posterior" in tree.children:
        return "Best values, and intervals of the posterior"
    return "Best values, and intervals of the profiles"


def _table(tree: xr.DataTree) -> Table:
    best = tree["best"].to_dataset()
    bounds = [intervals(tree, level) for level in LEVELS]
    rows = []
    for place, name in enumerate(map(str, best["parameter"].values)):
        variable, _, label = name.partition("[")
        held = _one(best[variable], label.removesuffix("]"))
        unit = str(best[variable].attrs.get("units", "1"))
        told = [_span(both[0][place], both[1][place]) if both else "" for both in bounds]
        if not np.isfinite(float(best["error"][place])) and not _at_bound(best, place):
            told = [NOT_DETERMINED, NOT_DETERMINED]
        rows.append((name, number(float(held)), *told, "" if unit == "1" else unit))
    heads = ("unknown", "best", "68 %", "95 %", "unit")
    return Table(heads=heads, rows=tuple(rows), right=heads[1:4])


def _at_bound(best: xr.Dataset, place: int) -> bool:
    return "at_bound" in best and bool(best["at_bound"][place])


def _one(variable: xr.DataArray, label: str) -> xr.DataArray:
    """Return the value of one label, or the value where there is one for all."""
    if not label:
        return variable
    dimension = str(variable.dims[-1])
    return variable.isel({dimension: [*map(str, variable[dimension].values)].index(label)})


def intervals(tree: xr.DataTree, level: str) -> tuple[Floats, Floats] | None:
    """Return the ends of intervals of all unknowns: of the posterior, or else of the profiles.

    Args:
        tree: what `leakscape.fit` returned.
        level: "68" or "95".

    Returns:
        Lower and upper ends, (D,) each [the unknowns' units]; None where the tree has neither.
    """
    best = tree["best"].to_dataset()
    if "posterior" in tree.children:
        posterior, ends = tree["posterior"].to_dataset(), []
        for name in map(str, best["parameter"].values):
            variable, _, label = name.partition("[")
            draws = _one(posterior[variable], label.removesuffix("]"))
            ends.append(np.quantile(draws.values, QUANTILES[level]))
        low, high = np.transpose(ends)
        return low, high
    if f"lower_{level}" not in best:
        return None
    return best[f"lower_{level}"].values, best[f"upper_{level}"].values


def _span(low: float, high: float) -> str:
    if not np.isfinite(low) and not np.isfinite(high):
        return "open"
    if not np.isfinite(low):
        return f"below {number(high)}"
    if not np.isfinite(high):
        return f"above {number(low)}"
    return f"{number(low)} to {number(high)}"


def _sentences(tree: xr.DataTree) -> list[str]:
    best = tree["best"].to_dataset()
    chi2, freedom = float(best["chi2"]), int(best["degrees_of_freedom"])
    found = []
    if any(f"sd_{output}" in best for output in _outputs(tree)):
        found.append(
            f"chi2 is {number(chi2)} for {freedom} degrees of freedom, with a scatter that was "
            "fitted to it, so that it judges nothing."
        )
    elif freedom > 0:
        share = float(special.gammaincc(0.5 * freedom, 0.5 * chi2))
        found.append(
            f"chi2 is {number(chi2)} for {freedom} degrees of freedom, "
            f"{number(chi2 / freedom)} for each{_judged(share)}"
        )
    else:
        found.append(f"chi2 is {number(chi2)}, and no degree of freedom is left to judge it by.")
    found += _groups(tree, best)
    found += _converged(tree)
    if "scan" in tree.children:
        scan = tree["scan"].to_dataset()
        points, ess = float(scan["n_points"]), float(scan["ess"])
        found.append(
            f"ln evidence is {number(float(scan['log_evidence']), 6)} "
            f"+- {float(scan['log_evidence_error']):.2g}, from {amount(points)} points of the "
            f"prior, an effective number of {amount(ess)}."
        )
    return found


def _converged(tree: xr.DataTree) -> list[str]:
    """Say whether chains agree, and how many independent draws theirs are worth."""
    if "convergence" not in tree.children or "rhat" not in tree["convergence"]:
        return []
    told = tree["convergence"].to_dataset()
    worst = min(float(told[name].min()) for name in ("ess_bulk", "ess_tail"))
    return [
        f"R-hat is {float(told['rhat'].max()):.3f} at most, and every unknown has an effective "
        f"number of {amount(worst)} draws or more."
    ]


def _outputs(tree: xr.DataTree) -> list[str]:
    held = tree["observed_data"].to_dataset()
    return [str(name) for name in held.data_vars if f"{name}_error" in held]


def _groups(tree: xr.DataTree, best: xr.Dataset) -> list[str]:
    """Say how well each group fits, where all unknowns but the noise are of one column."""
    per = {dimension for name in best.data_vars for dimension in _grouped(best, str(name))}
    variables = {str(name).partition("[")[0] for name in best["parameter"].values}
    if len(per) != 1 or any(not _grouped(best, name) for name in variables):
        return []
    (column,) = per
    residuals = np.stack([best[f"{output}_residual"].values for output in _outputs(tree)])
    labels = tree["observed_data"].to_dataset()[column].values.astype(str)
    told = []
    for label in dict.fromkeys(labels):
        own = residuals[:, labels == label]
        freedom = int(np.isfinite(own).sum()) - len(variables)
        chi2 = float(np.nansum(own**2))
        if freedom > 0:
            share = float(special.gammaincc(0.5 * freedom, 0.5 * chi2))
            told.append(
                f"{column} = {label}: chi2 is {number(chi2)} for {freedom} degrees of freedom"
                f"{_judged(share)}"
            )
    return told if len(told) > 1 else []


def _grouped(best: xr.Dataset, name: str) -> tuple[str, ...]:
    """Return the column of groups that a variable of the unknowns is along."""
    variable = best[name]
    own = [str(d) for d in variable.dims]
    known = (PARAMETER, OTHER, ROW, "step", "direction")
    return tuple(d for d in own if d not in known)


def _judged(share: float) -> str:
    if share < UNLIKELY:
        return (
            f": with the errors given, a larger one has a probability of {share:.2g}, so that "
            "either the model or the errors are wrong."
        )
    if share > 1.0 - UNLIKELY:
        return ": less than errors of the size given would leave."
    return "."


def _sentence(text: str) -> str:
    told = f"{text[0].upper()}{text[1:]}"
    return told if told.endswith(".") else f"{told}."
