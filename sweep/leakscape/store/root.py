"""The root of a store: the `zarr.json` that holds the sweep, sealed by a digest, and its copy.

The digest is of the file's own bytes without it, so that one flipped bit anywhere is found. The
copy in the sidecar is what a damaged root is written anew from.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from leakscape.store.durable import put
from leakscape.store.layout import METADATA, Store, sidecar

COPY = "root.json"
_SEAL = re.compile(rb'"digest": "([0-9a-f]{64})"')
_CHANGING = frozenset(
    {"digest", "complete", "device", "title", "question", "expect", "study", "study_file"}
)
"""Attributes that runs set; all others stay as they were when the store was made."""


def sealed(document: Mapping[str, Any]) -> bytes:
    """Write a root document with the digest of all the rest in it.

    Args:
        document: the document; a digest that it has is replaced.
    """
    held = {key: value for key, value in document["attributes"].items() if key != "digest"}
    text = json.dumps({**document, "attributes": {**held, "digest": ""}}, indent=2).encode()
    digest = hashlib.sha256(text).hexdigest().encode()
    return text.replace(b'"digest": ""', b'"digest": "' + digest + b'"', 1)


def seal_holds(content: bytes) -> bool | None:
    """Tell whether a root is as it was sealed; None where it bears no seal."""
    found = _SEAL.search(content)
    if found is None:
        return None
    rest = content[: found.start(1)] + content[found.end(1) :]
    return hashlib.sha256(rest).hexdigest().encode() == found[1]


def lasting(attributes: Mapping[str, Any]) -> str:
    """Return the SHA-256 of those root attributes that never change, for the journal."""
    kept = {key: value for key, value in attributes.items() if key not in _CHANGING}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def settle_attributes(store: Store, changes: Mapping[str, Any], *, copy: bool = False) -> None:
    """Change root attributes in one step; the caller holds the lock.

    The copy stays as it was flushed when the store was made: after a power cut one of the two is
    whole, and how far a sweep came is seen from its chunks.

    Args:
        store: the store.
        changes: the attributes to set.
        copy: whether the copy shall have them too.
    """
    # Not by zarr: its temporary file inside the group makes a reader's listing warn.
    file = store.path / METADATA
    document = json.loads(file.read_bytes())
    if all(document["attributes"].get(key) == value for key, value in changes.items()):
        return
    document["attributes"].update(changes)
    if not store.documents:  # of before there were seals, and left so
        _replace(file, json.dumps(document, indent=2).encode(), store.path)
        return
    _replace(file, sealed(document), store.path)
    if copy:
        with suppress(FileNotFoundError):  # the store was moved without its sidecar
            document = json.loads((store.sidecar / COPY).read_bytes())
            document["attributes"].update(changes)
        write_copy(store.path, sealed(document))


def write_copy(path: Path, content: bytes) -> None:
    """Write the copy of a store's root, and flush it."""
    put(sidecar(path) / COPY, content, _aside(path))


def write_root(path: Path, content: bytes) -> None:
    """Write a store's root, and flush it."""
    put(path / METADATA, content, _aside(path))


def _replace(file: Path, content: bytes, path: Path) -> None:
    aside = _aside(path)
    aside.write_bytes(content)
    aside.replace(file)


def _aside(path: Path) -> Path:
    return sidecar(path) / f"tmp-{uuid.uuid4().hex}.json"
