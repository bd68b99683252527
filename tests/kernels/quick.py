"""Compiling quickly instead of for speed: half the time, for what is computed once."""

from __future__ import annotations

import functools

import jax

SOON = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
"""What the engine compiles small studies with; studies are held compiled as users compile them."""

quick = functools.partial(jax.jit, compiler_options=SOON)
"""`jax.jit` with it."""
