"""A card: what there is to say about a thing, apart from where it is shown.

The command line prints cards, Python shows them as text and notebooks as HTML: the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from leakscape.shown import printable

if TYPE_CHECKING:
    import pandas as pd

NARROW = 100
"""Columns of a card that Python shows."""
_CELL = 'style="text-align:left;vertical-align:top"'
_NUMBER = 'style="text-align:right;vertical-align:top"'


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under heads.

    Args:
        heads: heads of the columns; a column without any content is not shown.
        rows: the cells.
        right: heads of the columns that are aligned to the right.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[int, ...]:
        """The columns that have something in them."""
        places = range(len(self.heads))
        return tuple(place for place in places if any(row[place] for row in self.rows))

    def frame(self) -> pd.DataFrame:
        """Return it for pandas."""
        import pandas as pd

        return pd.DataFrame([*self.rows], columns=[*self.heads])


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a card: a heading, and what stands under it.

    Args:
        heading: the heading.
        texts: paragraphs.
        verbatim: lines that stand as they are, such as an equation or TOML.
        facts: names, each with what it is.
        table: rows.
    """

    heading: str
    texts: tuple[str, ...] = ()
    verbatim: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """Everything that is said about a thing.

    Args:
        title: one line.
        texts: paragraphs under it.
        sections: the parts.
    """

    title: str
    texts: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


def fact_lines(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Write facts one below the other."""
    wide = max((len(name) for name, _ in facts), default=0)
    return [f"{name:<{wide}}  {told}".rstrip() for name, told in facts]


def wrapped(text: str, width: int) -> str:
    """Wrap a longer text at words."""
    import textwrap

    return textwrap.fill(
        printable(" ".join(text.split())), width, break_long_words=False, break_on_hyphens=False
    )


def table_text(table: Table, width: int) -> str:
    """Write a table in so many columns without cutting anything off.

    Args:
        table: the table.
        width: of the terminal [columns].
    """
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn

    made = Drawn(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for place in table.shown:
        justify: Literal["left", "right"] = "left"
        if table.heads[place] in table.right:
            justify = "right"
        made.add_column(table.heads[place], overflow="fold", justify=justify)
    for row in table.rows:
        made.add_row(*(printable(row[place]) for place in table.shown))
    written = io.StringIO()
    here = Console(
        file=written,  # a notebook's console would show it by itself
        width=width,
        force_terminal=False,
        force_jupyter=False,
        color_system=None,
        markup=False,  # brackets hold units here
        highlight=False,
        emoji=False,
    )
    here.print(made)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def text_of(card: Card) -> str:
    """Write a card as text."""
    parts = [printable(card.title), *(wrapped(text, NARROW) for text in card.texts)]
    for section in card.sections:
        parts += ["", section.heading]
        parts += [wrapped(text, NARROW) for text in section.texts]
        parts += map(printable, section.verbatim.splitlines())
        parts += map(printable, fact_lines(section.facts))
        if section.table is not None:
            parts.append(table_text(section.table, NARROW))
    return "\n".join(parts)


def html_of(card: Card) -> str:
    """Write a card as HTML; what others wrote is escaped."""
    parts = [f"<div><p><b>{_safe(card.title)}</b></p>"]
    parts += [f"<p>{_safe(text)}</p>" for text in card.texts]
    for section in card.sections:
        parts.append(f"<p><b>{_safe(section.heading)}</b></p>")
        parts += [f"<p>{_safe(text)}</p>" for text in section.texts]
        if section.verbatim:
            lines = "\n".join(map(printable, section.verbatim.splitlines()))
            parts.append(f"<pre>{escape(lines)}</pre>")
        if section.facts:
            rows = (
                f"<tr><th {_CELL}>{_safe(name)}</th><td {_CELL}>{_safe(told)}</td></tr>"
                for name, told in section.facts
            )
            parts.append(f"<table>{''.join(rows)}</table>")
        if section.table is not None:
            parts.append(_table(section.table))
    return "".join([*parts, "</div>"])


def _table(table: Table) -> str:
    styles = [_NUMBER if head in table.right else _CELL for head in table.heads]
    head = "".join(f"<th {styles[p]}>{_safe(table.heads[p])}</th>" for p in table.shown)
    rows = (
        "".join(f"<td {styles[place]}>{_safe(row[place])}</td>" for place in table.shown)
        for row in table.rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _safe(text: str) -> str:
    return escape(printable(" ".join(text.split())))
