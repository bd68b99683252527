"""The formats of a table, by the end of the file's name: what each holds, how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

Blocks = Iterator[pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of table.

    Args:
        write: writes blocks of rows into a file.
        most_rows: how many rows are reasonable.
        package: what must be installed for it, "" where nothing must.
        extra: which extra of ours installs that.
    """

    write: Callable[[Path, Blocks], None]
    most_rows: int
    package: str = ""
    extra: str = ""


def _csv(file: Path, blocks: Blocks) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        for number, block in enumerate(blocks):
            block.to_csv(out, index=False, header=number == 0, lineterminator="\n")


def _parquet(file: Path, blocks: Blocks) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    first = next(blocks)
    schema = pa.Schema.from_pandas(first, preserve_index=False)
    with closing(ParquetWriter(file, schema)) as out:
        out.write_table(pa.Table.from_pandas(first, schema, preserve_index=False))
        for block in blocks:
            out.write_table(pa.Table.from_pandas(block, schema, preserve_index=False))


TABLES: Mapping[str, Format] = {
    ".csv": Format(write=_csv, most_rows=10**8),
    ".parquet": Format(write=_parquet, most_rows=10**11, package="pyarrow", extra="tables"),
}
ENDS = (*TABLES, ".nc")
