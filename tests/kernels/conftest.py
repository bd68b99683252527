"""Fixtures of the kernel tests: both precisions, and kernels compiled once."""

import sys
from pathlib import Path

import jax
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
