"""Blocks and gathered points against the plain computation, under every nesting of vmaps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leakscape_kernels import batching
from leakscape_kernels.batching import in_blocks, where_needed

X, Y = jnp.arange(7.0), jnp.arange(5.0)


def work(given):
    x, y = given
    return {"sum": x + 10 * y, "pair": jnp.stack([x, y])}


def gathered(x, y, needed):
    return where_needed(work, needed, (x, y), {"sum": x, "pair": jnp.stack([y, y])})


def plain(x, y, needed):
    found, other = work((x, y)), {"sum": x, "pair": jnp.stack([y, y])}
    return {name: jnp.where(needed, found[name], other[name]) for name in found}


NESTINGS = {
    "x and y": lambda f, n: jax.vmap(jax.vmap(f, (None, 0, 0)), (0, None, 0))(X, Y, n),
    "y and x": lambda f, n: jax.vmap(jax.vmap(f, (0, None, 0)), (None, 0, 1))(X, Y, n),
    "x alone": lambda f, n: jax.vmap(f, (0, None, 0))(X, 2.0, n[:, 0]),
    "flags alone": lambda f, n: jax.vmap(f, (None, None, 0))(1.0, 2.0, n[0]),
    "flags behind x": lambda f, n: jax.vmap(f, (0, None, None))(X, 2.0, n[0, 0]),
    "none": lambda f, n: f(3.0, 2.0, n[0, 0]),
}


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("share", [0.4, 0.0, 1.0])
def test_gathered_points_are_those_computed_everywhere(monkeypatch, nesting, share):
    # Blocks that do not divide the batch: the last one is computed in part.
    monkeypatch.setattr(batching, "_BLOCK", 16)
    needed = jnp.asarray(np.random.default_rng(1).random((7, 5)) < share)
    found, expected = (
        jax.jit(lambda n, f=f: NESTINGS[nesting](f, n))(needed) for f in (gathered, plain)
    )
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
def test_blocks_are_the_whole(monkeypatch, axes):
    monkeypatch.setattr(batching, "_BLOCK", 3)
    given = (X if axes[0] == 0 else 2.0, X + 1 if axes[1] == 0 else 5.0)
    found = jax.vmap(lambda x, y: in_blocks(work, (x, y)), axes)(*given)
    expected = jax.vmap(lambda x, y: work((x, y)), axes)(*given)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)
