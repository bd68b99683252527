"""JAX comes when something is computed; what annotations say is checked here all the same."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jaxtyping
import pytest

from leakscape_kernels import on_demand
from leakscape_kernels.formulas.nernst import thermal_voltage


def test_what_is_loaded_on_demand_is_jax():
    assert on_demand.jnp.where is jnp.where
    assert on_demand.jax.lax is jax.lax
    assert on_demand.jex.Primitive is jax.extend.core.Primitive


def test_a_missing_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nowhere"):
        _ = on_demand.jnp.nowhere
    assert not hasattr(on_demand.jax, "__wrapped__")


def test_annotations_are_checked_in_tests():
    assert on_demand.Float is jaxtyping.Float
    with pytest.raises(jaxtyping.TypeCheckError):
        thermal_voltage(jnp.zeros(3))


def test_a_jitted_function_is_traced_once_for_all_who_ask():
    traced = []

    @on_demand.jitted
    def twice(x):
        """Return twice x."""
        traced.append(x)
        return 2.0 * x

    assert not traced
    assert (twice.__name__, twice.__doc__) == ("twice", "Return twice x.")
    assert [float(twice(jnp.float32(x))) for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert len(traced) == 1
    text = str(jax.make_jaxpr(lambda x: twice(x) + twice(2.0 * x))(jnp.float32(1.0)))
    assert text.count("name=twice") == 2
