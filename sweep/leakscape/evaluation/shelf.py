"""What was traced and compiled, kept for the next process.

An executable is kept by its lowered code. Tracing and lowering take as long again as XLA: of
kernels that stay as they are both follow from the study's structure, so that these are kept by it
instead. Every version that counts and the text of our own code are part of both. `leakscape run`
says where, and whoever gives JAX a folder for its own cache. JAX's cache alone would not do: it is
asked only when all is lowered. What cannot be read, was cut short or was damaged is made anew.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
from jax.experimental import serialize_executable

FOLDER = "LEAKSCAPE_COMPILED"
"""Names the folder, for this process and those that it starts."""
LARGEST_BYTES = 500_000_000
"""Past this size what was used longest ago is dropped."""
_BESIDE_JAX = "leakscape"
_CODE = ("leakscape", "leakscape_kernels")
_VERSIONS = ("jax", "jaxlib", "numpy", "scipy", "diffrax", "equinox", "lineax")
_SEALED = hashlib.sha256().digest_size


def fetch(kind: str, text: str) -> bytes | None:
    """Return what is kept.

    Args:
        kind: of what it is, such as "trace".
        text: what it follows from.

    Returns:
        The bytes as they were put there, or None.
    """
    place = _place(kind, text)
    if place is None:
        return None
    try:
        held = place.read_bytes()
        os.utime(place)
    except OSError:
        return None
    seal, data = held[:_SEALED], held[_SEALED:]
    return data if hashlib.sha256(data).digest() == seal else None


def put(kind: str, text: str, data: bytes) -> None:
    """Keep something; silently not, where that cannot be.

    Args:
        kind: of what it is.
        text: what it follows from.
        data: what to keep.
    """
    place = _place(kind, text)
    if place is None:
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as stream:
            stream.write(hashlib.sha256(data).digest() + data)
        Path(stream.name).replace(place)
        _drop(place.parent)
    except OSError:
        pass


def executable(text: str, make: Callable[[], Any]) -> Any:
    """Return an executable that is kept, or make it and keep it.

    Args:
        text: what it follows from.
        make: compiles it.

    Returns:
        What JAX compiled.
    """
    kind = "executable"
    data = fetch(kind, text)
    if data is not None:
        try:
            code, given, results = pickle.loads(data)
            return serialize_executable.deserialize_and_load(
                code, given, results, execution_devices=jax.devices()[:1]
            )
        except Exception:  # whatever another machine or version wrote
            pass
    made = make()
    if open():
        with suppress(Exception):  # a platform that cannot write its code down
            put(kind, text, pickle.dumps(serialize_executable.serialize(made)))
    return made


def open() -> bool:
    """Tell whether anything is kept."""
    return _folder() is not None


def _folder() -> Path | None:
    settings: Any = jax.config
    if settings.jax_default_device or not settings.jax_enable_compilation_cache:
        return None
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    folder = settings.jax_compilation_cache_dir
    return Path(folder) / _BESIDE_JAX if folder else None


def _place(kind: str, text: str) -> Path | None:
    folder = _folder()
    if folder is None:
        return None
    name = hashlib.sha256("\n".join((kind, _here(), text)).encode()).hexdigest()
    return folder / f"{kind}-{name}"


@lru_cache(maxsize=1)
def _here() -> str:
    """Return what else decides: versions, the text of our code, the device, its instructions."""
    code = hashlib.sha256()
    for package in _CODE:
        spec = find_spec(package)
        for root in sorted(spec.submodule_search_locations or ()) if spec is not None else ():
            for file in sorted(Path(root).rglob("*.py")):
                code.update(file.read_bytes())
    device = jax.devices()[0]
    parts = [*map(_version, _VERSIONS), code.hexdigest(), device.platform, device.device_kind]
    return "\n".join([*parts, _instructions(), os.environ.get("XLA_FLAGS", "")])


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} none"


def _instructions() -> str:
    """Return what a processor understands: compiled code runs on no other."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _drop(folder: Path) -> None:
    """Drop what was used longest ago, until the rest is small enough."""
    files = [(file.stat(), file) for file in folder.iterdir() if file.is_file()]
    files.sort(key=lambda entry: entry[0].st_mtime, reverse=True)
    total = 0
    for entry, file in files:
        total += entry.st_size
        if total > LARGEST_BYTES:
            file.unlink(missing_ok=True)
