"""The command that runs a study, to be copied: a changed study goes into a store of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

LONGEST = 48
"""Letters of what a store's name says of the changes."""


def again(study: str, name: str, settings: Sequence[str]) -> list[str]:
    """Return the words of the command that runs a study as it was shown or planned.

    Args:
        study: what the user called it by.
        name: its own name.
        settings: changes to it.
    """
    words = ["leakscape", "run", study, *changes(settings)]
    if settings and not any(text.partition("=")[0].strip() == "name" for text in settings):
        words += ["--store", changed_store(name, settings)]
    return words


def changes(settings: Sequence[str]) -> list[str]:
    """Return the words that make the changes."""
    return [word for setting in settings for word in ("--set", setting)]


def changed_store(name: str, settings: Sequence[str]) -> str:
    """Return the name of a store for a changed study: it says what is changed.

    Args:
        name: of the study.
        settings: the changes.
    """
    told = []
    for setting in settings:
        key, _, value = setting.partition("=")
        parts = [part.strip() for part in key.split(".")]
        told.append("_".join([*(parts[1:] or parts), value]))
    text = re.sub(r"[^A-Za-z0-9.+-]+", "_", "_".join(told)).strip("_.")
    if len(text) > LONGEST or not text:
        digest = hashlib.sha256("\n".join(settings).encode("utf-8", "replace")).hexdigest()
        text = f"{text[:LONGEST].rstrip('_.')}_{digest[:6]}".strip("_")
    return f"{name}_{text}.zarr"


def free_store(name: str, settings: Sequence[str]) -> str:
    """Return the name of a store that is not there yet, for a study that must not go into its own.

    Args:
        name: of the study.
        settings: changes to it, or none where the file itself was changed.
    """
    wanted = changed_store(name, settings) if settings else f"{name}_2.zarr"
    stem = wanted.removesuffix(".zarr") if settings else name
    number = 2
    while Path(wanted).exists():
        wanted, number = f"{stem}_{number}.zarr", number + 1
    return wanted
