"""Sizes: how large a part of a store may be, for those who write one and those who read one."""

from __future__ import annotations

LARGEST_CHUNK_BYTES = 2**27
"""Of a chunk's numbers: it is computed, encoded and decoded whole, several of them at a time."""
LARGEST_COORDINATE_BYTES = 2**28
"""Of a coordinate, which is stored and loaded whole, and of all that xarray loads when it opens."""
LARGEST_FILE_BYTES = 2**28
"""Of a chunk's file."""
LARGEST_METADATA_BYTES = 64_000_000
"""Of a metadata file."""
TEXT_BYTES = 8
"""Of a text in memory, besides its letters: a pointer to it."""
