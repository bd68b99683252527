"""Leakscape: resting membrane potentials over millions to billions of parameter combinations.

    import leakscape as ls
    ds = ls.evaluate("potassium_leak_block")
    ds.leakscape.plot()

Public names are in `__all__`: what declares a study, what evaluates it, and the errors. They load
on first use, so that importing the package costs nothing.
"""

import importlib as _importlib
import typing as _typing

__version__ = "0.1.0"

_PLACES = {
    "leakscape.analyse.fit.compare": ("compare",),
    "leakscape.analyse.fit.fitting": ("fit",),
    "leakscape.analyse.fit.predict": ("predict",),
    "leakscape.analyse.fit.report": ("fit_report",),
    "leakscape.analyse.sensitivity.analysis": ("sensitivity",),
    "leakscape.analyse.sensitivity.salib": ("from_salib", "to_salib"),
    "leakscape.analyse.summary": ("findings",),
    "leakscape.declare.axis": ("Axis", "LinkedAxis"),
    "leakscape.declare.catalogue": ("load",),
    "leakscape.declare.description": ("show",),
    "leakscape.declare.distributions": ("Distribution",),
    "leakscape.declare.fit": ("Fit",),
    "leakscape.declare.fits": ("load_fit",),
    "leakscape.declare.output": ("Output",),
    "leakscape.declare.parameter": ("Parameter",),
    "leakscape.declare.population": ("Population",),
    "leakscape.declare.study": ("Study",),
    "leakscape.errors": (
        *("BusyError", "DamageError", "DeclarationError", "KernelError", "OtherStudyError"),
        *("PlanError", "StorageError", "StoreError", "SweepError"),
    ),
    "leakscape.evaluation.in_memory": ("evaluate",),
    "leakscape.evaluation.model": ("model",),
    "leakscape.evaluation.reduce": ("reduce",),
    "leakscape.picture.plot": ("plot",),
    "leakscape.running.estimate": ("plan",),
    "leakscape.running.report": ("Interrupted",),
    "leakscape.running.run": ("run",),
    "leakscape.status": ("Status",),
    "leakscape.store.open": ("open",),
}
_RETURN_DATASETS = ("evaluate", "findings", "fit", "open", "plot", "reduce", "run", "sensitivity")
"""What returns or takes a dataset: with the first of them xarray learns of `dataset.leakscape`."""
_PLACE_OF = {name: module for module, names in _PLACES.items() for name in names}

if _typing.TYPE_CHECKING:
    from leakscape.analyse.fit.compare import compare
    from leakscape.analyse.fit.fitting import fit
    from leakscape.analyse.fit.predict import predict
    from leakscape.analyse.fit.report import fit_report
    from leakscape.analyse.sensitivity.analysis import sensitivity
    from leakscape.analyse.sensitivity.salib import from_salib, to_salib
    from leakscape.analyse.summary import findings
    from leakscape.declare.axis import Axis, LinkedAxis
    from leakscape.declare.catalogue import load
    from leakscape.declare.description import show
    from leakscape.declare.distributions import Distribution
    from leakscape.declare.fit import Fit
    from leakscape.declare.fits import load_fit
    from leakscape.declare.output import Output
    from leakscape.declare.parameter import Parameter
    from leakscape.declare.population import Population
    from leakscape.declare.study import Study
    from leakscape.errors import (
        BusyError,
        DamageError,
        DeclarationError,
        KernelError,
        OtherStudyError,
        PlanError,
        StorageError,
        StoreError,
        SweepError,
    )
    from leakscape.evaluation.in_memory import evaluate
    from leakscape.evaluation.model import model
    from leakscape.evaluation.reduce import reduce
    from leakscape.picture.plot import plot
    from leakscape.running.estimate import plan
    from leakscape.running.report import Interrupted
    from leakscape.running.run import run
    from leakscape.status import Status
    from leakscape.store.open import open

__all__ = [
    "Axis",
    "BusyError",
    "DamageError",
    "DeclarationError",
    "Distribution",
    "Fit",
    "Interrupted",
    "KernelError",
    "LinkedAxis",
    "OtherStudyError",
    "Output",
    "Parameter",
    "PlanError",
    "Population",
    "Status",
    "StorageError",
    "StoreError",
    "Study",
    "SweepError",
    "compare",
    "evaluate",
    "findings",
    "fit",
    "fit_report",
    "from_salib",
    "load",
    "load_fit",
    "model",
    "open",
    "plan",
    "plot",
    "predict",
    "reduce",
    "run",
    "sensitivity",
    "show",
    "to_salib",
]


def __getattr__(name: str) -> _typing.Any:
    if name not in _PLACE_OF:
        raise AttributeError(f"module 'leakscape' has no attribute {name!r}")
    value = getattr(_importlib.import_module(_PLACE_OF[name]), name)
    if name in _RETURN_DATASETS:
        _importlib.import_module("leakscape.accessor")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
