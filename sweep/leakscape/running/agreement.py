"""May this process go on with a store? Same meaning, same kernel code, or the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from leakscape.declare.study import Study
from leakscape.errors import StoreError
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.stage import Blocks
from leakscape.store.compare import sentence
from leakscape.store.layout import STATUS, Store

ULPS = 16
"""How many units in the last place of a chunk's largest value another JAX may differ by."""
_REMEDY = "give another path, or the study that the store is of"


def refuse_other_study(store: Store, study: Study) -> None:
    """Compare before anything is planned: another study may not even fit the chunk grid.

    Raises:
        StoreError: which fields differ.
    """
    if found := sentence(store.meaning["study"], study.meaning()):
        raise StoreError(f"{store.path}: holds another study: {found}; {_REMEDY}")


def refuse_other_plan(store: Store, plan: Plan) -> None:
    """Compare all that decides the numbers, the kernel's code included.

    Raises:
        StoreError: which fields differ, or that the code did.
    """
    if found := sentence(store.meaning, plan.meaning):
        raise StoreError(f"{store.path}: holds another sweep: {found}; {_REMEDY}")
    if comparable(store, plan) and plan.kernel_code["sha256"] != store.kernel_code["sha256"]:
        raise StoreError(
            f"{store.path}: the kernel's code changed since the store was made; give another "
            "path, or the kernel as it was"
        )


def comparable(store: Store, plan: Plan) -> bool:
    """Tell whether the code of a store and of a plan were hashed alike: same JAX, same hash."""
    return _terms(store.kernel_code) == _terms(plan.kernel_code)


def _terms(code: Mapping[str, str]) -> tuple[str, str]:
    return code["jax"], code.get("hash", "1")  # the first hash did not say its version


def refuse_other_numbers(store: Store, plan: Plan, evaluator: Blocks, task: int) -> None:
    """Where the hashes tell nothing, recompute one committed chunk and compare.

    Args:
        store: the store.
        plan: the plan, made by the present JAX and hashed by the present hash.
        evaluator: of that plan.
        task: a committed chunk.

    Raises:
        StoreError: the chunk differs by more than rounding.
    """
    with evaluator.block(task) as chunks:
        for array in store.written_by(task):
            region = store.grid.region(array, task)
            held = np.asarray(zarr.open_array(store.path / array.name, mode="r")[region])
            if not _agree(
                held, chunks[array.name][store.grid.within(array, task)], array.name == STATUS
            ):
                was, now = store.kernel_code["jax"], plan.kernel_code["jax"]
                why, remedy = "than it is stored", "the kernel as it was"
                if was != now:
                    why, remedy = f"under JAX {now} than under {was}", f"use JAX {was}"
                raise StoreError(
                    f"{store.path}: {array.name} of chunk {task} comes out otherwise {why}; "
                    f"give another path, or {remedy}"
                )


def _agree(held: NDArray[Any], now: NDArray[Any], codes: bool) -> bool:
    """Compare two chunks; one point in a thousand may have another status, at the brink."""
    if codes or held.dtype.kind != "f":
        return float(np.mean(held != now)) <= 1e-3
    both = np.isfinite(held) & np.isfinite(now)
    if float(np.mean(np.isfinite(held) != np.isfinite(now))) > 1e-3:
        return False
    if not both.any():
        return True
    scale = float(np.abs(held[both]).max())
    allowed = ULPS * float(np.finfo(held.dtype).eps) * scale
    return bool(np.abs(held[both] - now[both]).max() <= allowed)
