"""What a type of mechanism asks of a table: from it follows what there is to say of its keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from leakscape_kernels.protocol import Parameter


@dataclass(frozen=True)
class Asked:
    """What was asked of one row, in the order of asking.

    Args:
        keys: what the row may have, but for what every mechanism takes.
        choices: key -> the laws that it may name, and the one where it names none.
        alternatives: keys of which there must be exactly one.
        meanings: key -> what it means, of keys that make no parameter of their own name.
        parameters: key -> the parameter's name, and the parameter where nothing is written.
    """

    keys: list[str] = field(default_factory=list)
    choices: dict[str, tuple[tuple[str, ...], str | None]] = field(default_factory=dict)
    alternatives: list[tuple[str, ...]] = field(default_factory=list)
    meanings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, tuple[str, Parameter]] = field(default_factory=dict)
