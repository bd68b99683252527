"""Compiling beside the main thread: XLA hears no Ctrl-C, and one inside it can end the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax

from leakscape.evaluation import shelf
from leakscape.interrupt import beside

SOON: Mapping[str, bool | int] = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
}
"""Of XLA on a CPU: a third of the time of compiling; the code is up to nine times slower."""


def compiled(
    function: Callable[..., Any],
    *given: Any,
    double: bool,
    soon: bool = False,
    donated: tuple[int, ...] = (),
    kept: bool = False,
) -> Any:
    """Compile a function for arguments of given shapes, or take what the last process kept.

    Args:
        function: of arrays.
        given: shapes and dtypes of its arguments.
        double: whether with 64-bit numbers: JAX knows that for each thread alone.
        soon: whether to compile quickly instead of for speed, for what takes no time anyway.
        donated: places of the arguments whose buffers the results take over.
        kept: whether the caller keeps it by something that is known before it is traced.

    Returns:
        The executable.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the compiling ends unused.
    """
    with jax.enable_x64(double):
        # Unused arguments stay: buffers are there to be overwritten, and the text tells them all.
        lowered: Any = jax.jit(function, donate_argnums=donated, keep_unused=True).lower(*given)
    options = dict(SOON) if soon and on_cpu() else None

    def work() -> Any:
        with jax.enable_x64(double):
            if kept or not shelf.open():
                return lowered.compile(options)
            text = lowered.as_text()
            if "callback" in text:  # it names a function by its place in this process
                return lowered.compile(options)
            known = "\n".join((text, str(lowered.in_tree), str(lowered.out_tree), repr(options)))
            return shelf.executable(known, lambda: lowered.compile(options))

    return beside(work)


def on_cpu() -> bool:
    """Tell whether JAX computes on a CPU."""
    device = jax.config.jax_default_device  # type: ignore[attr-defined]
    return str(getattr(device, "platform", device) or jax.default_backend()) == "cpu"
