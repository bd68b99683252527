"""The layout of a store on disk: which arrays, which chunks, which file holds which chunk.

A store is plain Zarr v3 at its path. Beside it stands the sidecar `<path>.sweep` with the lock,
the journal and templates under construction: inside, foreign files would disturb readers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscape.declare.meaning import Meaning
from leakscape.evaluation.grid import FORMAT, Grid, Variable

if TYPE_CHECKING:
    from leakscape.evaluation.plan import Plan

STATUS = "status"
METADATA = "zarr.json"
_DESCRIBED = ("name", "dims", "shape", "chunks", "dtype", "role")
MOST_CHUNKS = 10_000_000
"""Files past which listing a store, copying it or deleting it becomes the work."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """A sweep on disk.

    Args:
        path: the Zarr group.
        identity: of this sweep alone, made when it was created.
        fingerprint: SHA-256 of meaning and division.
        compression: name of the codec.
        grid: the swept dimensions, cut into chunks.
        variables: what is stored in chunks; `status` is the last.
        coordinates: names of what is stored whole.
        meaning: identity and extent of the study.
        division: what decides the numbers besides the study.
        kernel_code: hash of the traced kernel, and the JAX version that traced it.
        documents: name -> the `zarr.json` of that array or coordinate; empty in a store of before
            these were kept.
        format: version of the layout.
    """

    path: Path
    identity: str
    fingerprint: str
    compression: str
    grid: Grid
    variables: tuple[Variable, ...]
    coordinates: tuple[str, ...]
    meaning: Meaning
    division: Mapping[str, Any]
    kernel_code: Mapping[str, str]
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)
    format: int = FORMAT

    @classmethod
    def of(cls, plan: Plan, path: Path, *, identity: str, compression: str) -> Store:
        """Lay out a plan."""
        return cls(
            path=path,
            identity=identity,
            fingerprint=plan.fingerprint,
            compression=compression,
            grid=plan.grid,
            variables=plan.variables,
            coordinates=tuple(coordinate.name for coordinate in plan.coordinates),
            meaning=plan.meaning,
            division=json.loads(json.dumps(plan.division)),
            kernel_code=dict(plan.kernel_code),
            format=plan.format,
        )

    @property
    def sidecar(self) -> Path:
        """Where lock and journal are."""
        return sidecar(self.path)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of everything that has a folder: variables, then coordinates."""
        return (*(variable.name for variable in self.variables), *self.coordinates)

    def written_by(self, task: int) -> tuple[Variable, ...]:
        """Return the variables that a task writes, `status` last."""
        return self.grid.written_by(self.variables, task)

    def key(self, variable: Variable, task: int) -> str:
        """Return the store key of the chunk of a variable that a task writes."""
        return chunk_key(variable.name, self.grid.place(variable, task))

    def whole(self, name: str) -> str:
        """Return the name of the one chunk file of a coordinate, which is stored whole."""
        rank = len(self.documents[name]["shape"]) if self.documents else 1
        return chunk_key(name, (0,) * rank).partition("/")[2]

    def description(self) -> dict[str, Any]:
        """Return what `read` needs to find, as JSON-able data."""
        meaning = self.meaning
        study: dict[str, Any] = {"identity": meaning.identity, "extent": meaning.extent}
        if self.format == 1:
            study = {"study": meaning.tables()}
        return {
            "format": self.format,
            "identity": self.identity,
            "compression": self.compression,
            "dimensions": self.grid.dimensions,
            "shape": self.grid.shape,
            "chunks": self.grid.chunks,
            "arrays": [{key: getattr(v, key) for key in _DESCRIBED} for v in self.variables],
            "coordinates": self.coordinates,
            "meaning": {"format": self.format, **study, **self.division},
            "kernel_code": self.kernel_code,
            "documents": self.documents,
        }


def sidecar(path: Path) -> Path:
    """Return the sidecar of a store's path."""
    return path.with_name(path.name + ".sweep")


def pass_place(path: Path, turn: int) -> Path:
    """Return where the partials of a pass of a reduction lie, until the result is written."""
    return sidecar(path) / f"pass-{turn + 1}.zarr"


def chunk_key(name: str, place: tuple[int, ...]) -> str:
    """Return the key of a chunk: `.` and not `/`, which would make directories to list."""
    return f"{name}/{'.'.join(['c', *map(str, place)])}"
