"""Results of sensitivity analyses: which statistic of which outcome a variable is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from leakscape.store.values import loaded
from leakscape.sweep.noun import Sweep

PARAMETER, OTHER = "parameter", "other_parameter"
"""The dimensions along which the indices of a result lie."""
N_POINTS, N_FAILED = "n_points", "n_failed"
PAIRS, STAR, SIGMA = "S2", "mu_star", "sigma"
SLOPES, BOUND = "dgsm", "ST_bound"
SHARES = ("ST", "shapley", "S1", BOUND, PAIRS)
"""Statistics that are shares of the variance."""
_BEST = ("ST", "shapley", "S1", STAR, "ks", BOUND, SIGMA, "mu", SLOPES, PAIRS)
"""Statistics by what they tell at a glance."""


@dataclass(frozen=True, kw_only=True)
class Index:
    """What a variable of an analysis tells.

    Args:
        outcome: begins the names of the outcome's variables.
        text: the outcome as it was asked for: an output, or a condition.
        statistic: such as S1.
    """

    outcome: str
    text: str
    statistic: str

    @property
    def error(self) -> str:
        """The variable of the half-widths of the 95 % intervals."""
        return f"{self.outcome}_{self.statistic}_error"

    def other(self, statistic: str) -> str:
        """Return the variable of another statistic of the same outcome."""
        return f"{self.outcome}_{statistic}"


def is_analysed(sweep: Sweep) -> bool:
    """Tell whether a dataset is the result of an analysis of sensitivity."""
    return bool(_outcomes(sweep)) and PARAMETER in sweep.dataset.sizes


def told(sweep: Sweep, name: str) -> Index | None:
    """Return which statistic a variable is, None where it is none."""
    return next((one for known, one in _indices(sweep) if known == name), None)


def best(sweep: Sweep, outcome: str = "", first: str = "") -> str:
    """Return the most telling statistic of an outcome, "" if there is none.

    Args:
        sweep: the sweep.
        outcome: its name, or the text by which it was asked for; by default the first.
        first: a statistic that is preferred to all others.
    """
    order = [first, *_BEST]
    found = [(name, one) for name, one in _indices(sweep) if outcome in ("", one.outcome, one.text)]
    outcomes = list(dict.fromkeys(one.outcome for _, one in found))
    found.sort(key=lambda one: (outcomes.index(one[1].outcome), order.index(one[1].statistic)))
    return found[0][0] if found else ""


def strongest(sweep: Sweep, name: str) -> int | None:
    """Return the place of the parameter of which an index is the largest on average, if any is."""
    if told(sweep, name) is None:
        return None
    values = np.abs(loaded(sweep.dataset[name].transpose(PARAMETER, ...)))
    values = values.reshape(len(values), -1)
    known = np.isfinite(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return int(np.argmax(mean))


def evaluations(sweep: Sweep) -> int | None:
    """Return how many points were evaluated at each place of the axes, None if nothing says so."""
    found = sweep.dataset.data_vars.get(N_POINTS)
    if found is None or not found.size or found.dtype.kind not in "iu":
        return None
    return int(np.max(loaded(found)))


def failed(sweep: Sweep) -> int:
    """Return how many points failed, at all places of the axes together."""
    found = sweep.dataset.data_vars.get(N_FAILED)
    return 0 if found is None else int(np.sum(loaded(found)))


def axes(sweep: Sweep) -> tuple[str, ...]:
    """Return the axes that the analysed study has, at each place of which there is an analysis."""
    found = sweep.dataset.data_vars.get(N_FAILED)
    return () if found is None else tuple(map(str, found.dims))


def _indices(sweep: Sweep) -> Iterator[tuple[str, Index]]:
    for outcome, text in _outcomes(sweep).items():
        for statistic in _BEST:
            name = f"{outcome}_{statistic}"
            if name in sweep.dataset.data_vars and PARAMETER in sweep.dataset[name].dims:
                yield name, Index(outcome=outcome, text=text, statistic=statistic)


def _outcomes(sweep: Sweep) -> dict[str, str]:
    """Return the text of each outcome by its name; of another program's dataset nothing."""
    try:
        read: Any = json.loads(sweep.says("outcomes", "{}"))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in read.items()} if isinstance(read, dict) else {}
