"""What the `status` of a point says: the codes, their meanings, and their CF attributes.

0 means not computed; 1 to 9 mean that the solution holds (2 and above with a remark); from 10 on
the values of the point are NaN and the code says why. Kernels return these numbers themselves, but
for 16: a condition of the study leaves the point out, and it counts neither as valid nor as failed.
A point has one status: 16 before a failure, that before any remark, and of remarks 2 before 4, 5
and 3.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np


class Status(IntEnum):
    """The state of one point of a sweep."""

    NOT_COMPUTED = 0
    OK = 1
    NEAR_FOLD = 2
    UNDEFINED_OUTPUT = 3
    ZEROS_OUTSIDE_BRACKET = 4
    BATH_NOT_NEUTRAL = 5
    NOT_FINITE = 10
    OUTSIDE_DOMAIN = 11
    NO_SIGN_CHANGE = 12
    NOT_CONVERGED = 13
    MORE_ROOTS_THAN_SLOTS = 14
    SWELLS_WITHOUT_BOUND = 15
    LEFT_OUT_BY_A_CONDITION = 16


FIRST_FAILURE = 10
"""Codes from here on mean that the values of the point are NaN."""


REMEDIES = {
    Status.NEAR_FOLD: "an extremum of the current lies within 1 mV: derivatives mean little",
    Status.UNDEFINED_OUTPUT: "an output beside the solution is NaN by itself, such as E of a "
    "missing ion, or atp_rate_chord outside E_K to E_Na",
    Status.ZEROS_OUTSIDE_BRACKET: "widen the bracket, or leave it out",
    Status.BATH_NOT_NEUTRAL: "add the ion that balances the charges outside",
    Status.NOT_FINITE: 'look for extreme values, or set precision = "float64"',
    Status.OUTSIDE_DOMAIN: "check that no concentration is negative and that a channel is open",
    Status.NO_SIGN_CHANGE: "check the sizes of leaks, pumps and sources; or give a bracket if the "
    "kernel has one",
    Status.NOT_CONVERGED: 'set precision = "float64", or more cells for steep gates',
    Status.MORE_ROOTS_THAN_SLOTS: "ask for more slots",
    Status.SWELLS_WITHOUT_BOUND: "no volume holds: check the pump",
    Status.LEFT_OUT_BY_A_CONDITION: "see [where] in the study",
}
"""What may be done about a code, in half a sentence."""


def attributes() -> dict[str, Any]:
    """Return the CF attributes of a `status` variable.

    Returns:
        long_name, flag_values and flag_meanings as CF conventions 1.11, section 3.5, ask.
    """
    return {
        "long_name": "state of each point",
        "flag_values": [int(code) for code in Status],
        "flag_meanings": " ".join(code.name.lower() for code in Status),
        "valid_range": [int(np.iinfo(np.uint8).min), int(max(Status))],
    }
