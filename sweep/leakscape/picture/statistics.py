"""Words for statistics of a sweep or an analysis: labels, levels, and of how many points."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from leakscape.picture import scales, typography
from leakscape.picture.request import Decision
from leakscape.sweep import Place, Sweep, analysed, reduced
from leakscape.sweep.reduced import Told
from leakscape.sweep.roles import meanings_of

WORD = 16
"""Letters of a word along an axis, and of its lines where it has several."""

_OF_PARAMETERS = {
    "S1": "share of the variance of {} by the parameter alone",
    "ST": "share of the variance of {} with interactions",
    "S2": "share of the variance of {} by two parameters only together",
    "shapley": "share of the variance of {}, interactions shared out (Shapley effect)",
    "ST_bound": "upper bound of the share of the variance of {}, with interactions",
    "ks": "largest distance between the distributions where {} and elsewhere",
    "mu": "mean elementary effect on {}, scaled to the whole range",
    "mu_star": "mean absolute elementary effect on {}, scaled to the whole range",
    "sigma": "standard deviation of elementary effects on {}",
    "dgsm": "mean squared derivative of {}",
}
"""What the statistics of an analysis are called, of an outcome."""
_CALLED = {"quantile": "quantiles of ", "bin": "centre of a bin of ", "n": " (n - 1)"}
"""What stands around the name of an output in the long names of a reduction."""


def worded(sweep: Sweep, decision: Decision) -> Sweep:
    """Return a sweep whose output, and the bins along an axis, are called as a paper does.

    Args:
        sweep: the sweep.
        decision: what is drawn of it.
    """
    name = decision.output
    if (index := analysed.told(sweep, name)) is not None:
        words = of_parameters(index)
        found = sweep.dataset[name].assign_attrs(long_name=words, symbol="")
        return sweep.over(sweep.dataset.assign({name: found}))
    one = reduced.told(sweep, name)
    if one is None:
        return sweep
    held = {place.dimension: place for place in decision.places}
    words = _called(sweep, name)
    if one.kind in ("above", "below"):
        at = held.get(one.own)
        level = (
            "a level" if at is None else typography.plain(typography.quantity(at.value, at.unit))
        )
        words = f"share of valid points with {one.output} {one.kind} {level}"
    elif one.kind == "between":
        words = f"share of valid points with {one.output}{_ends(words)}"
    elif one.kind == "share":
        of = f"{one.output} = {held[one.own].value:g}" if one.own in held else f"each {one.output}"
        words = f"share of valid points with {of}"
    sign = "" if one.kind in reduced.SHARES else one.output
    found = sweep.dataset[name].assign_attrs(long_name=words, symbol=sign)
    if one.kind == "share":
        found.attrs["units"] = "1"
    dataset = sweep.dataset.assign({name: found})
    if one.kind == "histogram":
        bins = dataset[one.own].assign_attrs(long_name=_called(sweep, one.own), symbol=one.output)
        dataset = dataset.assign_coords({one.own: bins})
    return sweep.over(dataset)


def of_parameters(index: analysed.Index) -> str:
    """Call a statistic of an analysis."""
    return _OF_PARAMETERS[index.statistic].format(index.text)


def _called(sweep: Sweep, name: str) -> str:
    text = sweep.says("long_name", name, of=name)
    for around in _CALLED.values():
        text = text.removeprefix(around).removesuffix(around)
    return text


def _ends(words: str) -> str:
    """Return the ends of a range, with which the long name of its share closes."""
    return words[words.rfind(" from ") :] if " from " in words else " in a range"


def is_share(sweep: Sweep, output: str) -> bool:
    """Tell whether a variable is a share of the valid points, or of a variance."""
    index = analysed.told(sweep, output)
    if index is not None:
        return index.statistic in analysed.SHARES
    one = reduced.told(sweep, output)
    return one is not None and one.kind in reduced.SHARES


def scale(axis: Axis, sweep: Sweep, output: str) -> None:
    """Write the values of an output along an axis.

    A share is in percent, a count in whole numbers; numbers that stand for something are words.
    """
    if is_share(sweep, output):
        axis.set_major_formatter(FuncFormatter(lambda at, _: percent(at)))
    elif meanings := meanings_of(sweep, output):
        shown = {at: typography.folded(word, WORD) for at, word in meanings.items()}
        axis.set_major_locator(FixedLocator([*shown]))
        axis.set_major_formatter(FuncFormatter(lambda at, _: shown.get(round(at), "")))
    elif sweep.dataset[output].dtype.kind in "iub":
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    else:
        scales.powers(axis)


def value(sweep: Sweep, name: str, at: float) -> str | None:
    """Say a level or a quantile, None where a name means neither."""
    one = reduced.meaning(sweep, name)
    if one is None:
        return None
    if one.kind in ("above", "below"):
        return f"{one.kind} {typography.quantity(at, sweep.unit_of(name))}"
    return share_below(at) if one.kind == "quantile" else None


def where(sweep: Sweep, at: Place) -> str:
    """Say where a slice was taken, at a level or a quantile too."""
    number = isinstance(at.value, float) and at.asked is None
    said = value(sweep, at.dimension, float(at.value)) if number else None
    return typography.place(at) if said is None else said


def share_below(at: float) -> str:
    """Call a quantile: "median", or "5% quantile"."""
    return "median" if at == 0.5 else f"{percent(at)} quantile"


def percent(share: float) -> str:
    """Write a share of points in percent."""
    return f"{typography.number(100.0 * share)}%" if share < 0.99 else f"{100.0 * share:.6g}%"


def to_a_tenth(share: float) -> str:
    """Write a share of a variance in percent, to a tenth: an index is seldom known better."""
    text = f"{100.0 * share:.1f}%"
    return text.removeprefix("-") if text == "-0.0%" else text.replace("-", "\N{MINUS SIGN}")


def words(sweep: Sweep, output: str) -> Callable[[float], str]:
    """Return how the values of an output are printed beside what is drawn of them."""
    if meanings := meanings_of(sweep, output):
        return lambda at: meanings.get(round(at), typography.number(at))
    if not is_share(sweep, output):
        return typography.number
    return percent if analysed.told(sweep, output) is None else to_a_tenth


def place(sweep: Sweep, decision: Decision, at: Place) -> str:
    """Say where a slice was taken; what the label of an axis says already is not said again."""
    one = reduced.meaning(sweep, at.dimension)
    if one is None or at.asked is not None:
        return typography.place(at)
    if one.kind == "quantile":
        return share_below(float(at.value))
    return "" if one == reduced.told(sweep, decision.output) else typography.place(at)


def counted(sweep: Sweep, decision: Decision) -> list[str]:
    """Say of how many points the values are that are drawn, and how many of these have none."""
    if analysed.told(sweep, decision.output) is not None:
        points = analysed.evaluations(sweep)
        at = " and ".join(map(typography.symbol, analysed.axes(sweep)))
        said = f" at each value of {at}" if at else ""
        counted = [] if points is None else [f"{typography.count(points)} evaluations{said}"]
        failed = analysed.failed(sweep)
        return [*counted, *([f"{typography.count(failed)} failed"] if failed else [])]
    if not reduced.is_reduced(sweep):
        return []
    shown = {place.dimension: place.index for place in decision.places}
    found, whole = reduced.tally(sweep, shown), reduced.tally(sweep, {})
    values = typography.count(sweep.dataset[reduced.FAILED].size)
    said = f"reduced to {values}" if values != "1" else "reduced to one"
    if whole.points is None:
        return [said, *_lost(found)]
    return [f"{typography.count(whole.points)} points {said}", *_lost(found)]


def _lost(found: reduced.Tally) -> list[str]:
    lost: Mapping[str, int] = {
        "failed": found.failed,
        "left out by a condition": found.left_out,
    }
    said = []
    for words, number in lost.items():
        if number:
            share = "" if not found.points else f" ({part(number / found.points)} of those shown)"
            said.append(f"{typography.count(number)} {words}{share}")
    return said


def part(share: float) -> str:
    """Write a part of all points in percent."""
    return "below 0.01%" if share < 1e-4 else f"{typography.number(100.0 * share, 2)}%"


def told(sweep: Sweep, decision: Decision) -> Told:
    """Return the statistic that a decision for one draws."""
    one = reduced.told(sweep, decision.output)
    assert one is not None
    return one
