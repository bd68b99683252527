"""Which output a picture shows: the one asked for, the study's, or the one that varies most."""

from __future__ import annotations

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture import foreign
from leakscape.picture.arrange_analysed import statistic_of
from leakscape.picture.request import Wish
from leakscape.shown import shown
from leakscape.sweep import Sweep, analysed, reduced

_FILES = (".png", ".svg", ".pdf", ".jpg", ".jpeg")


def output_of(sweep: Sweep, wish: Wish) -> str:
    """Return the output that is drawn.

    Args:
        sweep: the sweep.
        wish: what was asked for.

    Raises:
        DeclarationError: no such output, or none at all.
    """
    outputs = sweep.outputs
    if wish.output == "status" and sweep.status is not None:
        return "status"
    if wish.output is not None:
        if wish.output not in outputs:
            wanted = statistic_of(wish.kind)
            best = reduced.best(sweep, wish.output) or analysed.best(sweep, wish.output, wanted)
            if best:
                return best
            if wish.output.lower().endswith(_FILES):
                raise DeclarationError(
                    f"output: a file is written by --file, got {shown(wish.output)}; "
                    f"write --file {wish.output}, and --output for what is drawn"
                )
            remedy = names.nearest(wish.output, outputs)
            raise DeclarationError(f"output: unknown, got {shown(wish.output)}; {remedy}")
        return wish.output
    if not outputs:
        raise DeclarationError("output: the store holds none, got only coordinates; run it")
    pictured = next(iter(sweep.pictured), "")
    if pictured in outputs:
        return pictured
    meant = reduced.best(sweep, pictured)
    meant = meant or analysed.best(sweep, pictured, statistic_of(wish.kind))
    meant = meant or analysed.best(sweep, "", statistic_of(wish.kind))
    if meant := meant or reduced.best(sweep):
        return meant
    kept = list(sweep.study.get("outputs", {}).get("keep") or ())
    first = [name for name in kept if name in outputs] or outputs
    first = [name for name in first if foreign.is_numeric(sweep, name)] or first
    return max(first, key=lambda name: sweep.dataset[name].ndim)


def is_own(sweep: Sweep, output: str) -> bool:
    """Tell whether an output is the one that the study's picture is made for.

    Args:
        sweep: the sweep.
        output: what is drawn.
    """
    if analysed.told(sweep, output) is not None:
        return False
    return output in (sweep.pictured or (output_of(sweep, Wish()),))
