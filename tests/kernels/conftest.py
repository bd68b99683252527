"""Fixtures of the kernel tests: both precisions, and kernels compiled once."""

import jax
import numpy as np
import pytest

SOON = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
"""Half the time of compiling, for one point; studies are held compiled as users compile them."""


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
    of names, XLA computes nothing else.
    """
    compiled = {}

    def run(kernel, keep=None, **values):
        def chosen(given):
            found = kernel(**given)
            return found if keep is None else {name: found[name] for name in keep}

        function = compiled.setdefault(
            (id(kernel), keep), (kernel, jax.jit(chosen, compiler_options=SOON))
        )[1]
        missing = kernel.parameters.keys() - values.keys()
        defaults = {name: kernel._default(name) for name in missing}
        found = function({name: float(value) for name, value in (defaults | values).items()})
        return {
            name: float(value) if value.ndim == 0 else np.asarray(value)
            for name, value in found.items()
        }

    return run
