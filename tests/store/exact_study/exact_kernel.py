"""A kernel whose values NumPy gives to the last bit: it chooses and negates, and rounds nothing."""

import jax.numpy as jnp


def kernel(*, x, t, y):
    inside = x < 4.0
    return {
        "V": jnp.where(inside, jnp.where(y < 0.5, x, t), jnp.nan),
        "E": -x,
        "pair": jnp.stack([t, y]),
        "above": (y > 0.5).astype(jnp.int8),
        "status": jnp.where(inside, 1, 11).astype(jnp.uint8),
    }


kernel.parameters = {"x": "1", "t": "degC", "y": "1"}
kernel.outputs = {
    "V": "mV",
    "E": "mV",
    "pair": {"unit": "1", "dimension": "part"},
    "above": "1",
}
