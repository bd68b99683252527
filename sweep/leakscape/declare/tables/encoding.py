"""What the bytes of a table spell: UTF-8, UTF-16 with its mark, or a few signs of Latin-1."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from leakscape.errors import DeclarationError

BLOCK = 2**18
"""Bytes looked at together."""
_SIGNS = bytes([0xB0, 0xB1, 0xB2, 0xB3, 0xB5, 0xB7])
"""°, ±, ², ³, µ and · in Latin-1: other code pages for the most part share them, and no letter."""
_LEGACY = bytes(range(128)) + _SIGNS
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def encoding_of(file: BinaryIO, name: str) -> str:
    """Find the encoding of a text, and leave the file at its start.

    Args:
        file: the file, at its start.
        name: how messages call it.

    Returns:
        utf-8-sig, utf-16 or latin-1, as Python calls them.

    Raises:
        DeclarationError: no text, or letters that could be of several alphabets.
    """
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_WORKBOOKS):
        raise DeclarationError(f"{name}: is a workbook and no text; save it as CSV, or as .xlsx")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and head[2:4] != b"\0\0":
        return "utf-16"
    if b"\0" in head:
        raise DeclarationError(f"{name}: has zero bytes, as no UTF-8 text has; save it as UTF-8")
    wrong = _first_that_is_not_utf8(file)
    if wrong is None:
        return "utf-8-sig"
    file.seek(0)
    while block := file.read(BLOCK):
        if block.translate(None, _LEGACY):
            raise DeclarationError(f"{name}: is not UTF-8 at byte {wrong}; save it as UTF-8")
    file.seek(0)
    return "latin-1"


def _first_that_is_not_utf8(file: BinaryIO) -> int | None:
    decoder, begun = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        while block := file.read(BLOCK):
            held = len(decoder.getstate()[0])
            decoder.decode(block)
            begun += len(block)
        held = len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return begun - held + error.start
    file.seek(0)
    return None
