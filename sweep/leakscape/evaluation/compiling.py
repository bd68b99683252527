"""Compiling beside the main thread: XLA hears no Ctrl-C, and one inside it can end the process."""

from __future__ import annotations

from typing import Any

import jax

from leakscape.interrupt import beside


def compiled(lowered: Any, *, double: bool) -> Any:
    """Compile what JAX lowered.

    Args:
        lowered: the result of `jax.jit(...).lower(...)`.
        double: whether it was lowered with 64-bit numbers: JAX knows that for each thread alone.

    Returns:
        The executable.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the compiling ends unused.
    """

    def work() -> Any:
        with jax.enable_x64(double):
            return lowered.compile()

    return beside(work)
