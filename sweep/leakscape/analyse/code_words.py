"""The words for how often each status code occurs; light, for `status` starts without JAX."""

from __future__ import annotations

from collections.abc import Mapping

from leakscape import amounts
from leakscape.status import FIRST_FAILURE, GENERAL, OWN_ALONE, Code, Status


def remarks(counts: Mapping[int, int], codes: Mapping[int, Code]) -> list[str]:
    """Say what the status codes tell, where they tell more than that all is well.

    Args:
        counts: code -> number of points.
        codes: what the codes of the sweep mean.

    Returns:
        A sentence for each code, with its share of the points that are computed and kept.
    """
    gone = (Status.NOT_COMPUTED, Status.LEFT_OUT_BY_A_CONDITION)
    kept = sum(points for code, points in counts.items() if code not in gone)
    which = "the points that are kept" if counts.get(gone[1]) else "the points"
    texts = []
    for code, points in sorted(counts.items()):
        if code in OWN_ALONE:
            continue
        meaning = codes.get(code, Code("a_code_of_the_kernel's_own"))
        kind = "no value" if code >= FIRST_FAILURE else "valid, with a remark"
        remedy = f"; {meaning.remedy}" if meaning.remedy else ""
        share = f"{amounts.percent(points / kept)} of {which}"
        texts.append(f"status {code}, {meaning.words} ({kind}): {share}{remedy}")
    return texts


def left_out(number: int, points: int) -> str:
    """Say how many points the conditions leave out, which count nowhere else.

    Args:
        number: how many.
        points: of how many.
    """
    code = Status.LEFT_OUT_BY_A_CONDITION
    meaning = GENERAL[code]
    words = f"status {int(code)}, {meaning.words}"
    if number == points:
        return f"{words}: every point; {meaning.remedy}"
    return (
        f"{words}: {amounts.amount(number)} of {amounts.amount(points)} points, "
        "which count nowhere else"
    )
