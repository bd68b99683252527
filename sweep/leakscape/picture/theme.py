"""Type, ink and line widths: ours, enlarged for a talk or small for a paper; a user's own win.

What the user's matplotlibrc or style sheet sets is respected. What neither sets is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture.look import Look
from leakscape.shown import shown

WIDTH, HEIGHT, DPI = 10.0, 6.25, 160
"""Inches and dots per inch: 1600 x 1000 pixels."""
PRINTED_DPI = 300
"""Dots per inch of what is made for a paper."""
TEXT, WIDE = 11.5, 2.2
"""Size of text and width of a curve [pt], of which all others are multiples."""
NAMED = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#1a1a1a", "#e69f00")
"""Okabe & Ito's colours, told apart with any colour vision; yellow darkened to show on white."""
GREY = "#5c5c5c"
CONTEXTS = {"": 1.0, "paper": 0.7, "talk": 1.35}
"""By what texts and lines are enlarged."""
_NARROW = 7.5
"""Inches below which a picture is one for a paper."""
_TEXTS = {
    "font.size": TEXT,
    "figure.titlesize": 14.0,
    "axes.titlesize": 11.5,
    "axes.labelsize": 12.5,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": 10.0,
}
_LINES = {"lines.linewidth": WIDE, "lines.markersize": 4.5, "grid.linewidth": 0.8}
_INKS = {
    "text.color": "#1a1a1a",
    "axes.labelcolor": "#1a1a1a",
    "xtick.labelcolor": "#1a1a1a",
    "ytick.labelcolor": "#1a1a1a",
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.edgecolor": GREY,
    "grid.color": "#e6e6e6",
    "axes.prop_cycle": cycler(color=NAMED),
    "legend.frameon": False,
}
_set: Any = mpl.rcParams
"""What matplotlib is set to; it types the keys as one long list of literals."""
FILES: Any = {"pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none"}
"""Texts in files stay texts: TrueType in PDF, and no outlines in SVG."""


@contextmanager
def applied(look: Look) -> Iterator[None]:
    """Draw in the theme of a look; what matplotlib was set to before holds again afterwards.

    Args:
        look: size, context, colour map and style sheet.

    Raises:
        DeclarationError: no such colour map or style.
    """
    sheet = _sheet(look.style)
    usual: Any = mpl.rcParamsDefault
    given = {key for key, value in _set.items() if value != usual[key]}
    texts = lines = CONTEXTS[look.context or _fitting(look)]
    user = {key: _set[key] for key in given} | sheet
    if isinstance(size := user.get("font.size"), float | int):
        texts = float(size) / TEXT
    ours: dict[str, Any] = {key: texts * size for key, size in _TEXTS.items()}
    ours |= {key: lines * size for key, size in _LINES.items()} | _INKS
    dpi = PRINTED_DPI if is_paper(look) else DPI
    ours |= {"figure.figsize": (WIDTH, HEIGHT), "figure.dpi": dpi}
    if "grid.color" in user:
        ours["grid.alpha"] = 0.25
    if "text.color" in user:  # a dark style names this one and few others
        ours |= {f"{side}tick.labelcolor": "inherit" for side in "xy"}
    chosen = {key: value for key, value in ours.items() if key not in user}
    if look.cmap:
        chosen["image.cmap"] = _colour_map(look.cmap)
    settings: Any = {**sheet, **chosen}
    with mpl.rc_context(settings):
        yield


def _fitting(look: Look) -> str:
    return "paper" if look.size is not None and look.size[0] < _NARROW else ""


def _sheet(style: str) -> dict[str, Any]:
    """Return what a style sheet sets: a file's, or one of matplotlib's by name."""
    if not style:
        return {}
    import matplotlib.style

    if style in matplotlib.style.library:
        found: Any = matplotlib.style.library[style]
        return dict(found)
    if not Path(style).is_file():
        known = [name for name in matplotlib.style.library if not name.startswith("_")]
        remedy = names.nearest(style, known)
        raise DeclarationError(f"style: no such file or style, got {shown(style)}; {remedy}")
    try:
        read: Any = mpl.rc_params_from_file(style, use_default_template=False)
        return dict(read)
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(
            f"style: cannot be read, got {shown(style)} ({error}); give an .mplstyle file"
        ) from error


def _colour_map(name: str) -> str:
    if name in mpl.colormaps:
        return name
    known = [known for known in mpl.colormaps if not known.endswith("_r")]
    raise DeclarationError(f"cmap: unknown, got {shown(name)}; {names.nearest(name, known)}")


def is_paper(look: Look) -> bool:
    """Tell whether a picture is for a paper, where a caption says what the title would."""
    return (look.context or _fitting(look)) == "paper"


def faint() -> Any:
    """Return the colour of text that stands back."""
    usual = mpl.rcParams["text.color"] == _INKS["text.color"]
    return GREY if usual else (*mpl.colors.to_rgb(ink()), 0.7)


def is_dark() -> bool:
    """Tell whether curves lie on a dark ground."""
    return sum(mpl.colors.to_rgb(ground())) < 1.5


def text(size: float) -> float:
    """Return a size of text [pt], which is given for the usual theme, in the theme that holds."""
    return size * float(mpl.rcParams["font.size"]) / TEXT


def width(size: float) -> float:
    """Return a line width or a marker's size [pt], given for the usual theme, in this one."""
    return size * float(mpl.rcParams["lines.linewidth"]) / WIDE


def ink() -> Any:
    """Return the colour of text and of marks."""
    return mpl.rcParams["text.color"]


def ground() -> Any:
    """Return the colour of what lies behind curves."""
    return mpl.rcParams["axes.facecolor"]


def named(place: int) -> Any:
    """Return the colour of a name: by place, since names have no order."""
    cycle = mpl.rcParams["axes.prop_cycle"].by_key().get("color") or NAMED
    return cycle[place % len(cycle)]


def colour_map() -> Any:
    """Return the colours for values that have an order."""
    return mpl.colormaps[str(mpl.rcParams["image.cmap"])]
