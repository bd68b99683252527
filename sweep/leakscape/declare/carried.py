"""Files of the user's own that travel: the driver read them, and no other process reads a disk.

Somebody may edit a kernel's file while a sweep is computed, and a worker that starts then, or on
another machine, would compute other numbers than those before it.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from leakscape.spelling import readable


@dataclass(frozen=True)
class Source:
    """A module's source.

    Args:
        path: where the driver read it; messages name it.
        content: what it read.
        package: whether modules lie below it.
    """

    path: str
    content: bytes
    package: bool = False


@dataclass(frozen=True)
class Carried:
    """A file with a kernel or a mechanism, and the files beside it that it imports.

    Args:
        name: the file as the study writes it.
        folder: the study's.
        own: the file.
        beside: name of an imported module -> its source.
    """

    name: str
    folder: Path | None
    own: Source
    beside: Mapping[str, Source]


_carried: dict[tuple[str, Path | None], Carried] = {}


@contextmanager
def using(files: Sequence[Carried]) -> Iterator[None]:
    """Have files of the user's own be these while a context is open; without any, do nothing."""
    beside = {title: source for file in files for title, source in file.beside.items()}
    for title in beside:
        sys.modules.pop(title, None)
    finder = _Finder(beside)
    sys.meta_path.insert(0, finder)
    _carried.update({(file.name, file.folder): file for file in files})
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for file in files:
            del _carried[file.name, file.folder]


def taken(name: str, folder: Path | None) -> Carried | None:
    """Return the files that one of a study is now, None where the disk is read."""
    return _carried.get((name, folder))


class _Finder:
    """Finds the modules beside a study's files in what was carried, before any on disk."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where a module comes from; Python calls this."""
        source = self._sources.get(name)
        if source is None:
            return None
        return importlib.util.spec_from_file_location(
            name,
            source.path,
            loader=_Loader(source),  # type: ignore[arg-type]  # a loader has these two methods
            submodule_search_locations=[] if source.package else None,
        )


class _Loader:
    """Runs a source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leave making the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module."""
        run(self._source, module)


def run(source: Source, module: ModuleType) -> None:
    """Run a source in a module."""
    # JAX takes the file's name from the code, and no other than UTF-8.
    code = compile(source.content, readable(source.path), "exec", dont_inherit=True)
    exec(code, vars(module))
