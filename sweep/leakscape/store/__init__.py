"""Store: layout, codecs, journal, lock, verify, repair, open. Plain Zarr v3 that xarray reads."""

from leakscape.store.damage import Damage
from leakscape.store.open import open
from leakscape.store.repair import Repair, repair
from leakscape.store.state import State, state
from leakscape.store.verify import Verification, verify

__all__ = [
    "Damage",
    "Repair",
    "State",
    "Verification",
    "open",
    "repair",
    "state",
    "verify",
]
