"""What a study asks of its analysis of sensitivity: which keys its table has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown

KEYS = ("output", "groups", "target")


def check_sensitivity(table: Mapping[str, Any]) -> None:
    """Check the table `[sensitivity]`, as far as that can be done without the kernel.

    Args:
        table: `output`, what is explained, if not what is kept; `groups`, name -> parameters;
            `target`, a condition.

    Raises:
        DeclarationError: an unknown key, or a value of another kind.
    """
    if wrong := fault(table):
        raise DeclarationError(f"sensitivity.{wrong}")
    for key, entry in table.items():
        if key not in KEYS:
            raise DeclarationError(
                f"sensitivity: unknown key, got {shown(key)}; {names.nearest(key, KEYS)}"
            )
        if key == "groups" and not isinstance(entry, Mapping):
            raise DeclarationError(
                f"sensitivity.groups: expected a table, got {shown(entry)}; "
                'write { gradients = ["K_out", "K_in"] }'
            )
        texts = isinstance(entry, list | tuple) and all(isinstance(one, str) for one in entry)
        if key == "output" and not texts:
            raise DeclarationError(
                f"sensitivity.output: expected a list of texts, got {shown(entry)}; "
                'write ["V_rest > -60 mV"]'
            )
        if key == "target" and not isinstance(entry, str):
            raise DeclarationError(
                f'sensitivity.target: expected text, got {shown(entry)}; write "V_rest < -55 mV"'
            )
