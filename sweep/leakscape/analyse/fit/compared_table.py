"""A comparison of fits as text: a row for each, the priors below, then what follows."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import xarray as xr

_GAP = "  "
_NONE = "-"


def comparison_table(compared: xr.Dataset) -> str:
    """Write a comparison as text.

    Args:
        compared: from `leakscape.analyse.fit.compare.compare`.

    Returns:
        Lines: fits, best first, with ln evidence and LOO, each with its error and the difference
        from the best; the central 95 % of each prior; the remarks.
    """
    head = ["fit", "ln evidence", "difference", "LOO", "difference", "parameters", "Pareto k"]
    rows = [_row(compared.sel(fit=name)) for name in compared["fit"].values]
    blocks = [_aligned([head, *rows])]
    if compared.sizes["parameter"]:
        names = [
            str(name) if unit in ("", "1") else f"{name} [{unit}]"
            for name, unit in zip(
                compared["parameter"].values, compared["unit"].values, strict=True
            )
        ]
        priors = [["prior, central 95 %", *names]]
        for name in compared["fit"].values:
            low = compared["prior_lower"].sel(fit=name).values
            high = compared["prior_upper"].sel(fit=name).values
            ranges = [
                _NONE if np.isnan(a) else f"{a:.4g} to {b:.4g}"
                for a, b in zip(low, high, strict=True)
            ]
            priors.append([str(name), *ranges])
        blocks.append(_aligned(priors))
    remarks = json.loads(compared.attrs["remarks"])
    if remarks:
        blocks.append("\n".join(f"{text[0].upper()}{text[1:]}." for text in remarks))
    return "\n\n".join(blocks)


def _row(one: xr.Dataset) -> list[str]:
    row = [str(one["fit"].values)]
    if bool(one["has_evidence"]):
        row += [
            f"{float(one['log_evidence']):.3f} +- {float(one['log_evidence_error']):.2g}",
            f"{float(one['log_bayes_factor']):.3f}",
        ]
    else:
        row += [_NONE, _NONE]
    if bool(one["loo_refused"]):
        row += ["refused", _NONE, _NONE]
    else:
        row += [
            f"{float(one['elpd_loo']):.2f} +- {float(one['elpd_loo_error']):.2g}",
            f"{float(one['elpd_difference']):.2f} +- {float(one['elpd_difference_error']):.2g}",
            f"{float(one['p_loo']):.2f}",
        ]
    return [*row, f"{float(one['largest_pareto_k']):.2f}"]


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
