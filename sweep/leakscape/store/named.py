"""The name of a chunk: its number, and the values that its axes take in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import zarr

from leakscape.store.layout import Store


def named(store: Store, task: int, axes: Mapping[str, tuple[Any, str]]) -> str:
    """Name a chunk by the values that its axes take in it.

    Args:
        store: the store.
        task: number of the chunk.
        axes: dimension -> values along it and their unit; one that is missing counts from 0.

    Returns:
        Such as "chunk 4 (x 0.1 to 0.4 mV)".
    """
    parts = []
    place = zip(store.dimensions, store.shape, store.chunks, store.index(task), strict=True)
    for name, size, chunk, index in place:
        first, last = index * chunk, min((index + 1) * chunk, size) - 1
        ends: tuple[object, object] = (first, last)
        unit = ""
        if name in axes:
            values, unit = axes[name]
            ends = (values[first], values[last])
        shown = [f"{end:g}" if isinstance(end, float | int) else str(end) for end in ends]
        text = shown[0] if first == last else " to ".join(shown)
        parts.append(f"{name} {text}{f' {unit}' if unit not in ('', '1') else ''}")
    return f"chunk {task} ({', '.join(parts)})" if parts else f"chunk {task}"


def axes_of(store: Store) -> dict[str, tuple[Any, str]]:
    """Read the coordinates of a store's dimensions; what cannot be read is left out."""
    found = {}
    for name in set(store.dimensions) & set(store.coordinates):
        try:
            array = zarr.open_array(store.path / name, mode="r", zarr_format=3)
            found[name] = array[:], str(array.attrs.get("units", ""))
        except Exception:  # whatever a damaged or a stranger's array raises
            continue
    return found
