"""Fixtures of the kernel tests: both precisions, and kernels compiled once."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def double():
    """Run the test in float64."""
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="session")
def evaluate():
    """Return evaluate(kernel, keep, **values): the outputs as numbers, the kernel compiled once.

    Whatever is not given takes its default, as a number: one argument list, one compilation.
    Scalars come as floats, an output with a dimension of its own as an array. With `keep`, a tuple
    of names, nothing else is computed.
    """
    from quick import quick

    compiled = {}

    def run(kernel, keep=None, **values):
        lean = kernel if keep is None else kernel.keeping(keep)

        def chosen(given):
            found = lean(**given)
            return found if keep is None else {name: found[name] for name in keep}

        # Kernels of one structure differ in their defaults alone, which are given here.
        which = kernel.structure or id(kernel)
        function = compiled.setdefault((which, keep), (kernel, quick(chosen)))[1]
        missing = kernel.parameters.keys() - values.keys()
        defaults = {name: kernel._default(name) for name in missing}
        found = function({name: float(value) for name, value in (defaults | values).items()})
        return {
            name: float(value) if value.ndim == 0 else np.asarray(value)
            for name, value in found.items()
        }

    return run


@pytest.fixture(scope="module")
def of_gating():
    """Return a function compiled once for each model and what it is wanted for."""
    from active_membranes import MODELS
    from quick import quick

    from leakscape_kernels.membrane.gating import Gating

    held = {}

    def of(model, name, function):
        cell = MODELS[model][0]
        key = id(cell), name
        if key not in held:
            held[key] = quick(lambda given, *more: function(Gating(cell.at(given)), *more))
        return held[key]

    with jax.enable_x64(True):
        yield of


@pytest.fixture(scope="module")
def told(of_gating):
    """Return told(model, p, V_rest=..., **more): all read-outs of a reference's membrane."""
    from active_membranes import values

    from leakscape_kernels.membrane.excitability import NAMES, excitability

    def run(model, p, V_rest=np.nan, exists=True, wanted=NAMES, **more):
        def all_of(gating, V_rest, exists):
            return excitability(gating, V_rest, exists, wanted=wanted)

        function = of_gating(model, tuple(wanted), all_of)
        found = function(values(model, p, **more), jnp.asarray(V_rest), jnp.asarray(exists))
        return {name: np.asarray(value) for name, value in found.items()}

    return run
