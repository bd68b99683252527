"""Shorter code computes the same: by closed forms, and by what may not be left out."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import jaxpr_as_fun

from leakscape.evaluation.shortened import shortened


def short(function, *given):
    """Return the numbers of equations before and after, at the top, and what is computed."""
    code = jax.make_jaxpr(function)(*given)
    less = shortened(code)
    found = [np.asarray(one) for one in jaxpr_as_fun(less)(*map(jnp.asarray, given))]
    return len(code.jaxpr.eqns), len(less.jaxpr.eqns), found


def test_equal_equations_are_one_small_calls_are_unfolded_and_the_rest_falls_away():
    def function(x):
        jnp.cos(x)  # no result needs it
        return jnp.where(x > 0, jnp.sin(x) + jnp.sin(x), 1.0) + jax.lax.stop_gradient(x)

    before, after, (found,) = short(function, 2.0)
    assert found == pytest.approx(2 * np.sin(2.0) + 2.0, rel=1e-6)
    assert after < before
    names = [e.primitive.name for e in shortened(jax.make_jaxpr(function)(2.0)).jaxpr.eqns]
    assert (names.count("sin"), names.count("cos"), names.count("jit")) == (1, 0, 0)


def test_loops_and_branches_are_shortened_inside_and_compute_the_same():
    def function(x):
        def step(total, i):
            return total + x * i + x * i, jax.lax.cond(i > 1, lambda: x + x, lambda: x - x)

        total, parts = jax.lax.scan(step, 0.0, jnp.arange(4.0))
        return total, parts, jax.lax.while_loop(lambda y: y < 100, lambda y: y * x + y * x, 1.0)

    *_, (total, parts, last) = short(function, 3.0)
    assert total == 36.0
    assert parts.tolist() == [0.0, 0.0, 6.0, 6.0]
    assert last == 216.0


def test_numbers_that_python_calls_equal_stay_apart():
    *_, found = short(lambda x: (1 / (x * 0.0), 1 / (x * -0.0)), 1.0)
    assert [one.item() for one in found] == [np.inf, -np.inf]
    *_, found = short(lambda x: (jnp.asarray(x, int) + 1, jnp.asarray(x, int) + True), 1.5)
    assert [one.item() for one in found] == [2, 2]


def test_what_has_an_effect_happens_as_often_as_it_is_written():
    seen = []

    def function(x):
        jax.debug.callback(seen.append, x)
        jax.debug.callback(seen.append, x)
        return x

    *_, (found,) = short(function, 5.0)
    jax.effects_barrier()
    assert (found, [float(one) for one in seen]) == (5.0, [5.0, 5.0])


def test_a_call_with_a_constant_inside_keeps_it():
    table = jnp.asarray([1.0, 4.0, 9.0])
    *_, (found,) = short(lambda x: jax.jit(lambda y: table * y)(x), 2.0)
    assert found.tolist() == [2.0, 8.0, 18.0]
