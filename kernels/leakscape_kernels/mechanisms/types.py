"""The table of mechanism types: what a user may write as `type`."""

from __future__ import annotations

from collections.abc import Callable

from leakscape_kernels.mechanisms.constant_current import constant_current
from leakscape_kernels.mechanisms.gated import gated
from leakscape_kernels.mechanisms.ghk_leak import ghk_leak
from leakscape_kernels.mechanisms.k2p import k2p
from leakscape_kernels.mechanisms.kir import kir
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.ohmic_leak import ohmic_leak
from leakscape_kernels.mechanisms.proton_pump import proton_pump
from leakscape_kernels.mechanisms.sodium_potassium_pump import sodium_potassium_pump
from leakscape_kernels.mechanisms.table_entry import Entry

TYPES: dict[str, Callable[[Entry], Mechanism]] = {
    "ohmic_leak": ohmic_leak,
    "ghk_leak": ghk_leak,
    "kir": kir,
    "gated": gated,
    "k2p": k2p,
    "sodium_potassium_pump": sodium_potassium_pump,
    "proton_pump": proton_pump,
    "constant_current": constant_current,
}
"""What reads each type of mechanism."""
