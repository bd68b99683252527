"""The table of mechanism types: what a user may write as `type`."""

from __future__ import annotations

from collections.abc import Callable

from leakscape_kernels.mechanisms.constant_current import CONSTANT_CURRENT
from leakscape_kernels.mechanisms.gated import GATED
from leakscape_kernels.mechanisms.ghk_leak import GHK_LEAK
from leakscape_kernels.mechanisms.k2p import K2P
from leakscape_kernels.mechanisms.kcc2 import KCC2
from leakscape_kernels.mechanisms.kir import KIR
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.nkcc1 import NKCC1
from leakscape_kernels.mechanisms.ohmic_leak import OHMIC_LEAK
from leakscape_kernels.mechanisms.proton_pump import PROTON_PUMP
from leakscape_kernels.mechanisms.sodium_potassium_pump import SODIUM_POTASSIUM_PUMP
from leakscape_kernels.mechanisms.table_entry import Entry

TYPES: dict[str, Callable[[Entry], Mechanism]] = {
    "ohmic_leak": OHMIC_LEAK,
    "ghk_leak": GHK_LEAK,
    "kir": KIR,
    "gated": GATED,
    "k2p": K2P,
    "sodium_potassium_pump": SODIUM_POTASSIUM_PUMP,
    "proton_pump": PROTON_PUMP,
    "kcc2": KCC2,
    "nkcc1": NKCC1,
    "constant_current": CONSTANT_CURRENT,
}
"""What reads each type of mechanism."""
