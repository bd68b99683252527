"""Draw docs/pictures.png: every kind of picture once, small, from studies that are here.

Run it with `python docs/contact_sheet.py`; it takes a minute.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

import leakscape as ls
from leakscape.picture.kinds import FIT_KINDS, KINDS

COLUMNS = 3
_CELL = (4.4, 2.95)
"""Width and height of a picture on the sheet [inch]."""
_DPI = 110

_POPULATION: dict[str, Any] = {"population": {"size": 4000}}
_REDUCED: dict[str, Any] = {
    "population": {"size": 20_000},
    "axes": {"temperature": {"linear": [17, 37], "size": 3, "unit": "degC"}},
}
_BINS: dict[str, Any] = {
    "reduce": {"over": ["cell"], "V_rest": [{"histogram": ["-95 mV", "5 mV"], "bins": 60}]}
}
_FEW_MAPS: dict[str, Any] = {
    "axes": {
        "temperature": {"values": [7, 37], "unit": "degC"},
        "K_out": {"values": [2.5, 5, 10], "unit": "mmol/L"},
    }
}
_FEW_POINTS: dict[str, Any] = {"population": {"size": 256}}
_FIT = "fit_root_potassium"
_ANALYSES: dict[str, dict[str, Any]] = {
    "indices": {},
    "interactions": {"second_order": True},
    "screening": {"method": "morris"},
}
"""Kinds that show an analysis of sensitivity -> what is asked of it."""
PICTURES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "lines": ("transmitter_cascade", {}, {}),
    "iv": ("kir_rectification", {}, {}),
    "bifurcation": ("low_potassium_paradox", {}, {}),
    "heatmap": ("resting_landscape", _FEW_MAPS, {}),
    "bars": ("potassium_leak_block", {}, {"select": {"blocked_K": 0.8}}),
    "histogram": ("bistable_population", _POPULATION, {"select": {"blocked_Kir": "0 %"}}),
    "bands": ("bistable_population", _POPULATION, {"output": "V_rest"}),
    "shares": ("bistable_population", _POPULATION, {"output": "n_equilibria"}),
    "scatter": (
        "bistable_population",
        _POPULATION,
        {"output": "V_rest", "x": "g_s", "hue": "g_Kir", "select": {"blocked_Kir": "0 %"}},
    ),
    "pairs": (
        "bistable_population",
        _POPULATION,
        {"output": "V_rest", "select": {"blocked_Kir": "0 %"}},
    ),
    "parallel": (
        "bistable_population",
        _POPULATION,
        {"output": "V_rest", "select": {"blocked_Kir": "0 %"}},
    ),
    "counts": ("population_spread", _REDUCED | _BINS, {"select": {"blocked_K": "0 %"}}),
    "density": ("population_spread", _REDUCED | _BINS, {"x": "blocked_K"}),
    "quantiles": ("population_spread", _REDUCED, {"output": "V_rest_quantile"}),
    "ranges": (
        "population_spread",
        _REDUCED,
        {"output": "V_rest_quantile", "select": {"blocked_K": "0 %", "temperature": "37 degC"}},
    ),
    "indices": ("what_sets_rest", _FEW_POINTS, {}),
    "interactions": ("what_sets_rest", _FEW_POINTS, {}),
    "screening": ("what_sets_rest", _FEW_POINTS, {}),
    **{kind: (_FIT, {}, {}) for kind in FIT_KINDS},
}
"""Kind -> study or fit, changes of it, and what else is asked of the picture."""


def drawn(kind: str) -> Figure:
    """Draw one kind of picture."""
    name, changes, asked = PICTURES[kind]
    words = {"title": f"{kind}: {(KINDS | FIT_KINDS)[kind].draws}", "subtitle": ""}
    if kind in FIT_KINDS:
        return ls.plot(_fit(), kind=kind, **words, **asked)
    study = ls.load(name)
    if changes:
        study = study.with_(**changes)
    if kind in _ANALYSES:
        dataset = ls.sensitivity(study, progress=False, **_ANALYSES[kind])
    else:
        compute = ls.reduce if "reduce" in study.tables() else ls.evaluate
        dataset = compute(study, progress=False)
    return ls.plot(dataset, kind=kind, **words, **asked)


@cache
def _fit() -> Any:
    return ls.fit(_FIT)


def sheet() -> Figure:
    """Put all of them on one sheet."""
    rows = -(-len(PICTURES) // COLUMNS)
    made = Figure(figsize=(_CELL[0] * COLUMNS, _CELL[1] * rows), dpi=_DPI)
    FigureCanvasAgg(made)
    for number, kind in enumerate(PICTURES):
        column, row = number % COLUMNS, rows - 1 - number // COLUMNS
        panel = made.add_axes((column / COLUMNS, row / rows, 1 / COLUMNS, 1 / rows))
        panel.axis("off")
        file = BytesIO()
        drawn(kind).savefig(file, format="png")
        file.seek(0)
        panel.imshow(matplotlib.image.imread(file), aspect="equal", interpolation="lanczos")
    return made


def small(made: Figure) -> Image.Image:
    """Return a figure in 256 colours evenly apart, a third of the bytes."""
    file = BytesIO()
    made.savefig(file, format="png")
    return Image.open(file).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)


if __name__ == "__main__":
    small(sheet()).save(Path(__file__).with_name("pictures.png"), optimize=True)
