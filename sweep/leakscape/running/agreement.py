"""May this process go on with a store? Same meaning, same kernel code, or the same numbers.

Another study has another identity: its points mean something else. The same study of another extent
has points of the same meaning at other places.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.errors import OtherStudyError
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.stage import Blocks
from leakscape.store.cells import Difference, difference
from leakscape.store.compare import differences, sentence
from leakscape.store.layout import STATUS, Store, sidecar

ULPS = 16
"""How many units in the last place of a chunk's largest value another JAX may differ by."""
_STRETCHED = "the same study of another extent"


def refuse_other_study(store: Store, study: Study, path: Path | None = None) -> None:
    """Compare before anything is planned: another study may not even fit the chunk grid.

    Args:
        store: the store, or that of a pass of a reduction.
        study: the study.
        path: where the result will be, if the store is that of a pass.

    Raises:
        OtherStudyError: which fields differ, and whether they are of the extent alone.
    """
    held, given = store.meaning, study.meaning()
    if held == given:
        return
    cells = _cells(store, study)
    another = held.identity != given.identity or bool(cells.columns)
    stored, wanted = (
        _without_digest(one.tables() if another else one.extent) for one in (held, given)
    )
    found = sentence([*differences(stored, wanted), *cells.columns, *cells.rows])
    what, whole = ("another study", "study") if another else (_STRETCHED, "extent")
    if not another and differences(stored, wanted) == []:
        what, whole = "the same study of other cells", "table"
    if path is None:
        raise OtherStudyError(
            f"{store.path}: holds {what}: {found}; give another path, or the {whole} that the "
            "store is of"
        )
    raise OtherStudyError(
        f"{path}: an unfinished reduction is of {what}: {found}; give another path, or the "
        f"{whole} that it is of, or remove {sidecar(path)}"
    )


def _cells(store: Store, study: Study) -> Difference:
    """Compare the tables of measured cells, where both have one and they hold something else."""
    held, given = (one.tables().get("population", {}) for one in (store.meaning, study.meaning()))
    if "table" not in held or "table" not in given or held.get("digest") == given["digest"]:
        return Difference()
    return difference(store, resolve(study).study.population.table)


def _without_digest(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what tells nobody anything: the hash of a table of cells."""
    population = {k: v for k, v in tables.get("population", {}).items() if k != "digest"}
    return {**tables, "population": population}


def refuse_other_plan(store: Store, plan: Plan, path: Path | None = None) -> None:
    """Compare all that decides the numbers, the kernel's code included.

    Args:
        store: the store, or that of a pass of a reduction.
        plan: the plan.
        path: where the result will be, if the store is that of a pass.

    Raises:
        OtherStudyError: which fields differ, or that the code did.
    """
    refuse_other_study(store, plan.space.study, path)
    stored, wanted = ({"format": one.format, **one.division} for one in (store, plan))
    place = path or store.path
    if found := differences(stored, wanted):
        raise OtherStudyError(
            f"{place}: holds another sweep: {sentence(found)}; give another path, or the study "
            "that the store is of"
        )
    if comparable(store, plan) and plan.kernel_code["sha256"] != store.kernel_code["sha256"]:
        raise OtherStudyError(
            f"{place}: the kernel's code changed since the store was made; give another path, or "
            "the kernel as it was"
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
        OtherStudyError: the chunk differs by more than rounding.
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
                raise OtherStudyError(
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
