"""Store: layout, codecs, journal and lock, verify, open. Plain Zarr v3 that xarray reads."""

from leakscape.store.opened import open
from leakscape.store.state import State, state
from leakscape.store.verify import Damage, Verification, verify

__all__ = ["Damage", "State", "Verification", "open", "state", "verify"]
