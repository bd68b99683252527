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


def settle_attributes(store: Store, changes: Mapping[str, Any]) -> None:
    """Change root attributes in one step; the caller holds the lock.

    Args:
        store: the store.
        changes: the attributes to set.
    """
    # Not by zarr: its temporary file inside the group makes a reader's listing warn.
    document = json.loads((store.path / METADATA).read_bytes())
    if all(document["attributes"].get(key) == value for key, value in changes.items()):
        return
    document["attributes"].update(changes)
    if store.documents:
        write_root(store.path, sealed(document))
    else:  # of before there were seals, and left so
        _put(store.path / METADATA, json.dumps(document, indent=2).encode(), store.path)


def write_root(path: Path, content: bytes) -> None:
    """Write a sealed root, its copy first."""
    for file in (sidecar(path) / COPY, path / METADATA):
        _put(file, content, path)


def _put(file: Path, content: bytes, path: Path) -> None:
    put(file, content, sidecar(path) / f"tmp-{uuid.uuid4().hex}.json")
