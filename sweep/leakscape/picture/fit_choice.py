"""What is drawn of a fit: kinds of pictures, outputs and unknowns, asked for or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture import residuals
from leakscape.picture.fit_panel import MOST_GROUPS, FitPanel
from leakscape.picture.kinds import FIT_KINDS, KINDS
from leakscape.picture.request import Wish
from leakscape.shown import shown
from leakscape.sweep.fitted import CURVES, OBSERVED, Fitted, Unknown

TOGETHER = ("recording", "residuals", "profiles", "corner", "priors")
"""What is drawn where no kind is asked for; corner in place of profiles that there are not."""


def chosen(fitted: Fitted, wishes: Sequence[Wish]) -> dict[str, list[FitPanel]]:
    """Complete wishes.

    Args:
        fitted: the fit.
        wishes: one, or one for each output or unknown; apart from these they are alike.

    Returns:
        Kind -> its panels, in the order in which they are drawn; one of them where it was asked
        for, else all that the fit holds.

    Raises:
        DeclarationError: an unknown name, or a kind that the fit holds nothing for.
    """
    wish = wishes[0]
    _refuse(wish)
    asked = [one.output for one in wishes if one.output is not None]
    outputs, unknowns = _named(fitted, asked)
    x = _condition(fitted, wish.x)
    lead = FitPanel(fitted=fitted, kind="", x=x, hue=_label(fitted, wish.hue, x))
    if wish.kind is not None:
        _refuse_kind(fitted, wish.kind)
        kinds: Sequence[str] = (wish.kind,)
        _refuse_names(fitted, wish, asked, outputs, unknowns)
    else:
        kinds = [kind for kind in TOGETHER if FIT_KINDS[kind].fits(fitted)]
        if "profiles" in kinds:
            kinds.remove("corner") if "corner" in kinds else None
        # Who names what was recorded alone, or unknowns alone, wants the pictures of these.
        kinds = [kind for kind in kinds if not asked or _shows(kind, outputs, unknowns)]
    panels = {
        kind: _panels(replace(lead, kind=kind), outputs or fitted.outputs, unknowns)
        for kind in kinds
    }
    return {kind: made for kind, made in panels.items() if made}


def _shows(kind: str, outputs: Sequence[str], unknowns: Sequence[Unknown]) -> bool:
    own = outputs if FIT_KINDS[kind].each == "output" else unknowns
    return bool(own) and not (kind == "corner" and len(unknowns) < 2)


def _panels(lead: FitPanel, outputs: Sequence[str], asked: Sequence[Unknown]) -> list[FitPanel]:
    """Return the panels of a kind."""
    each, fitted = FIT_KINDS[lead.kind].each, lead.fitted
    unknowns = tuple(asked) or fitted.unknowns
    if each == "output":
        known = residuals.outputs_of(fitted) if lead.kind == "residuals" else fitted.outputs
        made = [replace(lead, output=name) for name in outputs if name in known]
    elif each == "unknown":
        made = [replace(lead, unknowns=(unknown,)) for unknown in unknowns]
    else:
        made = [replace(lead, unknowns=unknowns)]
    return made


def _refuse(wish: Wish) -> None:
    """Refuse what no picture of a fit has."""
    for role in ("y", "col"):
        if getattr(wish, role) is not None:
            raise DeclarationError(f"{role}: pictures of a fit have none; drop {role}")
    if wish.select:
        raise DeclarationError(
            f"select: a fit is drawn whole, got {', '.join(wish.select)}; drop select"
        )


def _refuse_kind(fitted: Fitted, kind: str) -> None:
    if kind not in FIT_KINDS:
        if kind in KINDS:
            raise DeclarationError(
                f"kind: {kind} is a picture of a sweep, got a fit; use one of "
                f"{', '.join(FIT_KINDS)}"
            )
        raise DeclarationError(
            f"kind: unknown, got {shown(kind)}; {names.nearest(kind, FIT_KINDS)}"
        )
    if not FIT_KINDS[kind].fits(fitted):
        others = [name for name, other in FIT_KINDS.items() if other.fits(fitted)]
        raise DeclarationError(
            f"kind: {kind} needs {FIT_KINDS[kind].needs}, got one without; use "
            f"{' or '.join(others)}"
        )


def _named(fitted: Fitted, asked: Sequence[str]) -> tuple[list[str], list[Unknown]]:
    """Take names apart: of what was recorded, and of unknowns, one or all of a variable."""
    outputs, unknowns = [], []
    for name in dict.fromkeys(asked):
        own = [one for one in fitted.unknowns if name in (one.name, one.flat_name)]
        if name in fitted.outputs:
            outputs.append(name)
        elif own:
            unknowns += [one for one in own if one not in unknowns]
        else:
            known = [*fitted.outputs, *(one.flat_name for one in fitted.unknowns)]
            raise DeclarationError(
                f"output: unknown, got {shown(name)}; {names.nearest(name, known)}"
            )
    return outputs, unknowns


def _refuse_names(
    fitted: Fitted,
    wish: Wish,
    asked: Sequence[str],
    outputs: Sequence[str],
    unknowns: Sequence[Unknown],
) -> None:
    """Refuse outputs where a kind shows unknowns, and unknowns where it shows outputs."""
    kind = wish.kind or ""
    each = FIT_KINDS[kind].each
    wrong = [one.flat_name for one in unknowns] if each == "output" else list(outputs)
    if asked and wrong:
        own = fitted.outputs if each == "output" else [one.flat_name for one in fitted.unknowns]
        raise DeclarationError(
            f"output: {kind} shows {'recordings' if each == 'output' else 'unknowns'}, got "
            f"{wrong[0]}; use one of {', '.join(own)}"
        )
    if kind == "corner" and len(unknowns) == 1:
        raise DeclarationError(
            f"output: corner shows pairs, got {unknowns[0].flat_name} alone; name two"
        )
    if each != "output":
        for role in ("x", "hue"):
            if getattr(wish, role) is not None:
                raise DeclarationError(f"{role}: {kind} has none; drop {role} or kind")
    if kind == "residuals" and (
        lost := [n for n in outputs if n not in residuals.outputs_of(fitted)]
    ):
        raise DeclarationError(f"output: this fit holds no residuals of {lost[0]}; drop it")


def _condition(fitted: Fitted, asked: str | None) -> str:
    """Return the column along the horizontal axis, "" for the row of the table."""
    numbers = [name for name in fitted.columns if not fitted.observed.is_text(name)]
    if asked is not None:
        if asked not in numbers:
            remedy = names.nearest(asked, numbers) if numbers else "drop x"
            raise DeclarationError(f"x: no column of numbers, got {shown(asked)}; {remedy}")
        return asked
    known = fitted.conditions
    curved = [
        name
        for name in known
        if fitted.holds(CURVES, name) and np.ptp(fitted.values(CURVES, name)) > 0.0
    ]
    return next(iter([*curved, *known]), "")


def _label(fitted: Fitted, asked: str | None, x: str) -> str:
    """Return the column that tells groups apart, "" for none."""
    if asked is not None:
        if asked not in fitted.labels:
            remedy = names.nearest(asked, fitted.labels) if fitted.labels else "drop hue"
            raise DeclarationError(f"hue: no column of texts, got {shown(asked)}; {remedy}")
        return asked
    for name in fitted.labels:
        texts = set(fitted.texts(OBSERVED, name))
        own = any(unknown.dimension == name for unknown in fitted.unknowns)
        if len(texts) > 1 and (own or len(texts) <= MOST_GROUPS):
            return name
    return ""
