"""Membranes whose losses of the rest are known, as a reference names their numbers."""

import json
from pathlib import Path

HERE = Path(__file__)
ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(HERE.with_name("reference_excitability.json").read_text())
}
VALUES = {
    entry["id"]: float(entry["value"])
    for entry in json.loads(HERE.with_name("reference_values.json").read_text())["entries"]
    if entry["id"].startswith(("hh_", "ml_", "napk_"))
}
FOLD, HOPF = 1, 2

SQUID = ENTRIES["charpoly_-60_a1"]["parameters"]
MUSCLE = ENTRIES["ml_phi.23_2_I"]["parameters"]
SNIC = MUSCLE | {"phi": 1 / 15}
MUSCLE_HOPF = ENTRIES["ml_gCa5.5_0_I"]["parameters"] | {"g_Ca": 4.4}
PERSISTENT = ENTRIES["bt_np_tau.7_gL"]["parameters"] | {"g_L": 8.0, "tau": 1.0}
LOW_THRESHOLD = PERSISTENT | {"E_L": -78.0, "V_n": -45.0}
PRESCOTT = ENTRIES["pr_-21_1_I"]["parameters"]
