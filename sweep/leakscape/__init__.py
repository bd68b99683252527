"""Leakscape: resting membrane potentials over millions to billions of parameter combinations.

    import leakscape as ls
    ds = ls.evaluate(ls.load("potassium_leak_block"))

Public names: Study, Axis, Population, load, evaluate, reduce, run, open, model, and the errors.
They load on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PLACES = {
    "Axis": "leakscape.declare.axis",
    "LinkedAxis": "leakscape.declare.axis",
    "Distribution": "leakscape.declare.distributions",
    "Output": "leakscape.declare.kernel",
    "Parameter": "leakscape.declare.kernel",
    "Population": "leakscape.declare.population",
    "Status": "leakscape.status",
    "Study": "leakscape.declare.study",
    "SweepError": "leakscape.errors",
    "evaluate": "leakscape.evaluation.in_memory",
    "load": "leakscape.declare.catalogue",
    "model": "leakscape.evaluation.model",
    "open": "leakscape.store.open",
    "reduce": "leakscape.evaluation.reduce",
    "run": "leakscape.running.run",
}

if TYPE_CHECKING:
    from leakscape.declare.axis import Axis, LinkedAxis
    from leakscape.declare.catalogue import load
    from leakscape.declare.distributions import Distribution
    from leakscape.declare.kernel import Output, Parameter
    from leakscape.declare.population import Population
    from leakscape.declare.study import Study
    from leakscape.errors import SweepError
    from leakscape.evaluation.in_memory import evaluate
    from leakscape.evaluation.model import model
    from leakscape.evaluation.reduce import reduce
    from leakscape.running.run import run
    from leakscape.status import Status
    from leakscape.store.open import open

__all__ = [
    "Axis",
    "Distribution",
    "LinkedAxis",
    "Output",
    "Parameter",
    "Population",
    "Status",
    "Study",
    "SweepError",
    "evaluate",
    "load",
    "model",
    "open",
    "reduce",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'leakscape' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
