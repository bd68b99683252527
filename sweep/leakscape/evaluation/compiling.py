"""Compiling beside the main thread: XLA hears no Ctrl-C, and one inside it can end the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax

from leakscape.interrupt import beside

SOON: Mapping[str, bool | int] = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
}
"""Of XLA on a CPU: a third of the time of compiling; the code is up to nine times slower."""


def compiled(lowered: Any, *, double: bool, soon: bool = False) -> Any:
    """Compile what JAX lowered.

    Args:
        lowered: the result of `jax.jit(...).lower(...)`.
        double: whether it was lowered with 64-bit numbers: JAX knows that for each thread alone.
        soon: whether to compile quickly instead of for speed, for what takes no time anyway.

    Returns:
        The executable.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the compiling ends unused.
    """

    def work() -> Any:
        with jax.enable_x64(double):
            return lowered.compile(dict(SOON) if soon and on_cpu() else None)

    return beside(work)


def on_cpu() -> bool:
    """Tell whether JAX computes on a CPU."""
    device = jax.config.jax_default_device  # type: ignore[attr-defined]
    return str(getattr(device, "platform", device) or jax.default_backend()) == "cpu"
