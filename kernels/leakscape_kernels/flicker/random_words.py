"""Random words by number: what Threefry makes of a key and a counter, in 20 rounds of 32 bits.

JAX has the same generator, but on a CPU as a loop that cannot be fused with what uses its words.

References:
    Salmon JK et al. (2011) Parallel random numbers: as easy as 1, 2, 3. Proc SC11, 16.
    doi:10.1145/2063384.2063405
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.on_demand import jax, jnp

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_GROUPS = 5


def words(key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return two 32-bit words that are a function of key and counter.

    Args:
        key: two uint32 [1].
        counter: two uint32 [1].

    Returns:
        two uint32 [1].
    """
    keys = (*key, key[0] ^ key[1] ^ jnp.uint32(_PARITY))
    x, y = counter[0] + key[0], counter[1] + key[1]
    for group in range(_GROUPS):
        for rotation in _ROTATIONS[group % 2]:
            x = x + y
            y = (y << jnp.uint32(rotation)) | (y >> jnp.uint32(32 - rotation))
            y = x ^ y
        x = x + keys[(group + 1) % 3]
        y = y + keys[(group + 2) % 3] + jnp.uint32(group + 1)
    return x, y


def uniform(word: Any, dtype: Any) -> Any:
    """Return a number between 0 and 1 and never either: of 23 bits in float32, 31 in float64.

    Args:
        word: a uint32.
        dtype: float32 or float64.

    Returns:
        the number [1].
    """
    bits = 23 if jnp.dtype(dtype).itemsize == 4 else 31
    # Signed integers become floats by one instruction; unsigned ones do not everywhere.
    whole = jax.lax.bitcast_convert_type(word >> jnp.uint32(32 - bits), jnp.int32)
    return (whole.astype(dtype) + 0.5) * 2.0**-bits
