"""What the `status` of a point says: the codes, their classes, and their CF attributes.

0 means not computed; 1 to 9 mean that the solution holds (2 and above with a remark); from 10 on
the values of the point are NaN and the code says why. The engine knows these classes and the codes
that it writes itself; a kernel returns others too, and says in its table `codes` what they mean.
16 is the engine's alone: a condition of the study leaves the point out, and it counts neither as
valid nor as failed. A point has one status: 16 before a failure, that before any remark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np


class Status(IntEnum):
    """The state of one point of a sweep, as far as it means the same for every kernel."""

    NOT_COMPUTED = 0
    OK = 1
    UNDEFINED_OUTPUT = 3
    NOT_FINITE = 10
    OUTSIDE_DOMAIN = 11
    NOT_CONVERGED = 13
    LEFT_OUT_BY_A_CONDITION = 16


FIRST_FAILURE = 10
"""Codes from here on mean that the values of the point are NaN."""
LARGEST = int(np.iinfo(np.uint8).max)
"""The largest code."""


@dataclass(frozen=True)
class Code:
    """What a code means.

    Args:
        name: in lower case, the words joined by underscores.
        remedy: what may be done about it, in half a sentence; empty where nothing need be.
    """

    name: str
    remedy: str = ""

    @property
    def words(self) -> str:
        """The name as it is written in a sentence."""
        return self.name.replace("_", " ")


_REMEDIES = {
    Status.UNDEFINED_OUTPUT: "an output beside the solution is NaN by itself",
    Status.NOT_FINITE: 'look for extreme values, or set precision = "float64"',
    Status.OUTSIDE_DOMAIN: "look for values at which the model is not defined",
    Status.NOT_CONVERGED: 'set precision = "float64"',
    Status.LEFT_OUT_BY_A_CONDITION: "see [where] in the study",
}
GENERAL: Mapping[int, Code] = {
    int(code): Code(code.name.lower(), _REMEDIES.get(code, "")) for code in Status
}
"""What codes mean for every kernel; a kernel may have a better remedy."""
OWN_ALONE = frozenset({Status.NOT_COMPUTED, Status.OK, Status.LEFT_OUT_BY_A_CONDITION})
"""Codes of which a kernel says nothing."""


def attributes(codes: Mapping[int, Code] = GENERAL) -> dict[str, Any]:
    """Return the CF attributes of a `status` variable.

    Args:
        codes: what the codes of a kernel mean, besides the general ones.

    Returns:
        long_name, flag_values and flag_meanings as CF conventions 1.11, section 3.5, ask; and
        `flag_remedies`, a line for each value, which is empty where there is none.
    """
    known = dict(sorted({**GENERAL, **codes}.items()))
    return {
        "long_name": "state of each point",
        "flag_values": [*known],
        "flag_meanings": " ".join(code.name for code in known.values()),
        "flag_remedies": "\n".join(code.remedy for code in known.values()),
        "valid_range": [0, max(known)],
    }


def told_codes(attributes: Mapping[Any, Any]) -> dict[int, Code]:
    """Return what codes mean by the attributes of a `status` variable.

    Args:
        attributes: of this program, of an earlier version of it, or of another; what is not as CF
            asks is passed over.

    Returns:
        Code -> its meaning, the general codes among them.
    """
    known = {number: meaning for number, meaning in flags(attributes).items() if number >= 0}
    remedies = attributes.get("flag_remedies")
    lines = remedies.split("\n") if isinstance(remedies, str) else []
    if len(lines) != len(known):
        lines = [GENERAL[n].remedy if n in GENERAL else "" for n in known]
    told = zip(known.items(), lines, strict=True)
    return {**GENERAL, **{number: Code(name, line) for (number, name), line in told}}


def flags(attributes: Mapping[Any, Any]) -> dict[int, str]:
    """Return what the values of a variable mean by its CF attributes, empty where they say nothing.

    Args:
        attributes: of a variable, whoever wrote it.
    """
    values, names = attributes.get("flag_values"), attributes.get("flag_meanings")
    try:
        found = np.atleast_1d(np.asarray(values))
        whole = found.dtype.kind in "iu" and found.ndim == 1
    except ValueError:  # a ragged list
        return {}
    words = names.split() if isinstance(names, str) else []
    if not whole or len(words) != found.size:
        return {}
    return dict(zip(map(int, found), words, strict=True))
