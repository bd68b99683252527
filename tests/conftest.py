"""Strict settings for every test: warnings are errors, ranks do not promote by themselves."""

from __future__ import annotations

import os

# One process evaluates at a time, and XLA must not reserve an accelerator's whole memory.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax
import jaxtyping
import pytest
from hypothesis import HealthCheck, settings

# Shapes and types of the kernels are checked at every call, in tests alone.
jaxtyping.install_import_hook("leakscape_kernels", "beartype.beartype")

settings.register_profile(
    "leakscape", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("leakscape")


@pytest.fixture(autouse=True)
def no_silent_rank_promotion():
    """Raise where an array would be broadcast to a higher rank without being asked to."""
    with jax.numpy_rank_promotion("raise"):
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an accelerator where JAX sees none."""
    if item.get_closest_marker("gpu") and jax.default_backend() == "cpu":
        pytest.skip("JAX sees no accelerator")
