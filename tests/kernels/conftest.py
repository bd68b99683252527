"""Fixtures of the kernel tests: both precisions, and kernels compiled once."""

import jax
import pytest


@pytest.fixture
def double():
    """Run the test in float64."""
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="session")
def evaluate():
    """Return evaluate(kernel, **values): the outputs as floats, the kernel compiled once.

    Whatever is not given takes its default, as a number: one argument list, one compilation.
    """
    compiled = {}

    def run(kernel, **values):
        function = compiled.setdefault(id(kernel), (kernel, jax.jit(lambda v: kernel(**v))))[1]
        defaults = {name: p.default for name, p in kernel.parameters.items()}
        found = function({name: float(value) for name, value in (defaults | values).items()})
        return {name: float(value) for name, value in found.items()}

    return run
