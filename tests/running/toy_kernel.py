"""A kernel with every kind of output: of full and of lower rank, with a dimension of its own."""

import jax.numpy as jnp


def kernel(*, x, t, y):
    inside = x < 8.0
    return {
        "V": jnp.where(inside, -60.0 + 10.0 * jnp.log(x + 0.7 * y), jnp.nan),
        "E": 25.0 * jnp.log(t),
        "pair": jnp.stack([x * y, jnp.sin(1e4 * x * y)]),
        "status": jnp.where(inside, 1, 11).astype(jnp.uint8),
    }


kernel.parameters = {
    "x": {"unit": "1", "default": 1.0},
    "t": {"unit": "degC", "default": 2.0},
    "y": {"unit": "1", "default": 1.0},
}
kernel.outputs = {
    "V": {"unit": "mV", "long_name": "potential", "headline": True},
    "E": {"unit": "mV", "long_name": "reversal potential", "headline": True},
    "pair": {"unit": "1", "long_name": "pair", "dimension": "part", "headline": True},
}
