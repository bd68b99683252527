"""A table of cells is read as spreadsheets write it; what could mean two things is refused."""

from __future__ import annotations

import csv
import io
import tracemalloc
from itertools import product

import numpy as np
import pytest

from leakscape.declare import units
from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.declare.table import Table, read_table
from leakscape.errors import DeclarationError

TWO = {"K_in": [140.5, 138.2], "Na_in": [12.1, 11.7]}
"""Two cells [mmol/L], as most of these tables hold them."""
HEADER = "K_in [mmol/L],Na_in [mmol/L]"


def resolved(content: str | bytes, folder, kernel="ghk_voltage", **more) -> Table:
    """Return the table of a study of a kernel, told apart into parameters and others."""
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / "cells.csv").write_bytes(raw)
    table = {"file": "cells.csv", **more} if more else "cells.csv"
    study = Study(name="t", kernel=kernel, population={"table": table}, folder=folder)
    return resolve(study).population.table


def numbers(table: Table) -> dict[str, list[float]]:
    """Return the values of all parameters [mmol/L or mV]."""
    found = {}
    for name, (unit, values) in table.columns.items():
        target = "mV" if units.same_dimension(unit, "mV") else "mmol/L"
        found[name] = [units.convert(float(value), unit, target) for value in values]
    return found


READ = {
    "commas": (f"{HEADER}\n140.5,12.1\n138.2,11.7\n", TWO, ""),
    "byte-order mark": (f"\ufeff{HEADER}\n140.5,12.1\n138.2,11.7\n", TWO, ""),
    "semicolons and decimal commas": (
        "K_in [mmol/L];Na_in [mmol/L]\n140,5;12,1\n138,2;11,7\n",
        TWO,
        "as semicolon-separated, with decimal commas",
    ),
    "semicolons and decimal points": (
        "K_in [mmol/L];Na_in [mmol/L]\n140.5;12.1\n138.2;11.7\n",
        TWO,
        "as semicolon-separated",
    ),
    "the line by which Excel is told": (
        "sep=;\nK_in [mmol/L];Na_in [mmol/L]\n140,5;12,1\n138,2;11,7\n",
        TWO,
        "as semicolon-separated, with decimal commas",
    ),
    "tabs": ("K_in [mM]\tNa_in [mM]\n140.5\t12.1\n138.2\t11.7\n", TWO, "as tab-separated"),
    "semicolons in a header with commas": (
        "K_in, mM;Na_in, mM\n140,5;12,1\n138,2;11,7\n",
        TWO,
        "as semicolon-separated, with decimal commas",
    ),
    "decimal commas in quotes": (
        f'{HEADER}\n"140,5","12,1"\n"138,2","11,7"\n',
        TWO,
        "with decimal commas",
    ),
    "UTF-16": (
        f"{HEADER}\n140.5,12.1\n138.2,11.7\n".encode("utf-16"),
        TWO,
        "in UTF-16",
    ),
    "micro of Latin-1": (
        "K_in [µmol/L]\n140500\n138200\n".encode("latin-1"),
        {"K_in": TWO["K_in"]},
        "in Latin-1",
    ),
    "a row of units": (
        "K_in,Na_in\nmmol/L,(mM)\n140.5,12.1\n138.2,11.7\n",
        TWO,
        "with units in the row below the header",
    ),
    "units in round brackets": ("K_in (mM),Na_in(mM)\n140.5,12.1\n138.2,11.7\n", TWO, ""),
    "units after a comma": ('"K_in, mM","Na_in, mM"\n140.5,12.1\n138.2,11.7\n', TWO, ""),
    "units after a slash": ("K_in / mM,Na_in / mM\n140.5,12.1\n138.2,11.7\n", TWO, ""),
    "a comma after each line": (f"{HEADER},\n140.5,12.1,\n138.2,11.7,\n", TWO, ""),
    "blank lines": (f"\n{HEADER}\n\n140.5,12.1\n,\n138.2,11.7\n\n", TWO, ""),
    "line ends of Windows": (f"{HEADER}\r\n140.5,12.1\r\n138.2,11.7\r\n", TWO, ""),
    "line ends of an old Mac": (f"{HEADER}\r140.5,12.1\r138.2,11.7\r", TWO, ""),
    "blanks around": ("K_in [mM] , Na_in [mM]\n 140.5, 12.1\n138.2 , 11.7\n", TWO, ""),
    "a line break in quotes": (
        f'id,{HEADER}\n"cell\none",140.5,12.1\nb,138.2,11.7\n',
        TWO,
        "",
    ),
    "exponents": (f"{HEADER}\n1.405e2,121E-1\n.1382e+3,11.7\n", TWO, ""),
}


@pytest.mark.parametrize(("content", "wanted", "assumed"), READ.values(), ids=READ)
def test_what_is_clear_is_read_and_what_was_assumed_is_told(content, wanted, assumed, tmp_path):
    table = resolved(content, tmp_path)
    found = numbers(table)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-14)
    assert ", ".join(table.assumed) == assumed


@pytest.mark.parametrize("minus", ["-", "\u2212", "\u2013"])
def test_minus_signs_of_word_processors_are_minus_signs(minus, tmp_path):
    table = resolved(f"E_K [mV],E_Na [mV]\n{minus}90,60\n", tmp_path, "chord_conductance")
    assert numbers(table) == {"E_K": [-90.0], "E_Na": [60.0]}


UNCLEAR = {
    "a thousand or one": (
        f'{HEADER}\n"1,000","2,500"\n',
        r"column K_in: got 1,000 in row 2, where the comma may .*; write decimal points",
    ),
    "a thousand or one between tabs": (
        "K_in [mM]\tNa_in [mM]\n1,000\t12\n",
        r"column K_in: got 1,000 in row 2, where the comma may",
    ),
    "thousands beside points": (
        f'{HEADER}\n"1,000",12.1\n',
        r"column K_in: got 1,000 in row 2, and 12.1 in column Na_in; write one decimal mark",
    ),
    "millions": (f'{HEADER}\n"1,000,000",12\n', r"row 2, column K_in: has commas.*write 1000000"),
    "decimal commas between commas": (f"{HEADER}\n140,5,12,1\n", r"row 2 has 4 cells, the header"),
    "underscores": (f"{HEADER}\n1_4_0,12.1\n", r"row 2, column K_in: .*'1_4_0'; write 140"),
    "infinity": (f"{HEADER}\n1e999,12.1\n", r"row 2, column K_in: not a finite number"),
    "a number too few": (f"{HEADER}\n140\n", r"row 2 has 1 cells, the header 2"),
    "empty": (f"{HEADER}\n140,\n", r"row 2, column Na_in: is empty; write a number"),
    "not there": (f"{HEADER}\n140,NA\n", r"row 2, column Na_in: not a finite number, got 'NA'"),
    "blank lines count": (
        f"{HEADER}\n\n\n140.5,12.1\n\n138.2,x\n",
        r"row 6, column Na_in: .*got 'x'; fix it",
    ),
    "quoted line breaks count": (
        'id,K_in [mM]\n"cell\none",140\nb,x\n',
        r"row 4, column K_in: .*got 'x'",
    ),
    "a value and its deviation": (
        "K_out [mM],V_m [mV]\n0.1,-118±10\n",
        r"row 2, column V_m: .*'-118±10'; write population.table = "
        r'\{ file = "cells.csv", sd = true \}',
    ),
    "words alone": ("K_in,note\nmuch,x\n", r"row 2, column K_in: .*got 'much'; fix it"),
    "no unit": ("K_in,Na_in\n140.5,12.1\n", r"column K_in: needs a unit; write K_in \[mmol/L\]"),
    "a unit in the name": ("K_in_mM\n140\n", r"no parameter 'K_in_mM'; write K_in"),
    "a unit in one name": (
        "Na_in [mM],K_in_mM\n12,140\n",
        r"no parameter 'K_in_mM'; write K_in \[mM\]",
    ),
    "misspelled": ("Na_in [mM],Kin [mM]\n12,140\n", r"no parameter 'Kin'; did you mean K_in\?"),
    "no parameter": ("Vm (mV)\n25\n", r"no column is a parameter of kernel ghk_voltage, got 'Vm'"),
    "an output": (
        "K_in [mM],V_rest [mV]\n140,-70\n",
        r"an output of the kernel; .*V_rest_measured",
    ),
    "the dimension": ("K_in [mM],Cell\n140,a\n", r"cell is the dimension; write id"),
    "reserved": ("K_in [mM],Status\n140,ok\n", r"the store keeps this name"),
    "no header": (",K_in [mM]\n0,140\n", r"column 1 has no header; write id"),
    "one name twice": ("K_in [mM],K_in [mM]\n1,2\n", r"columns must be distinct, got 'K_in' twice"),
    "ID and id": ("id,ID,K_in [mM]\na,b,140\n", r"columns must be distinct, got 'id' twice"),
    "names alike": ("K_in [mM],a b,a-b\n140,x,y\n", r"two columns would be called a_b"),
    "an id twice": (
        "ID,K_in [mM]\na,140\n\na,150\n",
        r"row 4, column id: 'a' is that of row 2 too",
    ),
    "an empty id": ("id,K_in [mM]\n,140\nb,150\n", r"row 2, column id: is empty; write an id"),
    "another alphabet": (
        "id,K_in [mM]\nдым,140\n".encode("cp1251"),
        r"at byte 13; save it as UTF",
    ),
    "a workbook": (b"PK\x03\x04\x14\0\6\0", r"is a workbook and no text; save it as CSV"),
    "zero bytes": (f"{HEADER}\n140,12\n".encode("utf-16-le"), r"zero bytes, .*; save it as UTF-8"),
    "an open quote": (f'{HEADER}\n"140,12\n', r"cannot be read as CSV"),
}


@pytest.mark.parametrize(("content", "wanted"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_unclear_is_refused_with_what_to_write(content, wanted, tmp_path):
    with pytest.raises(DeclarationError, match=wanted) as caught:
        resolved(content, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("separator", "mark", "encoding"),
    [*product(",;\t|", ".,", ("utf-8", "utf-8-sig", "utf-16"))],
)
def test_numbers_and_ids_do_not_depend_on_how_they_are_written(separator, mark, encoding, tmp_path):
    rng = np.random.default_rng(3)
    values, ids = rng.uniform(-1e3, 1e3, 300), [f"{n}{separator}ü" for n in range(300)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["Id", "E_K [mV]"])
    told = [repr(float(value)).replace(".", mark) for value in values]
    writer.writerows(zip(ids, told, strict=True))
    (tmp_path / "cells.csv").write_bytes(text.getvalue().encode(encoding))
    table = read_table(tmp_path / "cells.csv", "cells.csv")
    assert table.columns["E_K"][1].tolist() == values.tolist()
    assert table.id == tuple(ids)


def test_rows_are_counted_as_an_editor_counts_lines(tmp_path):
    rng = np.random.default_rng(5)
    for wrong in (7, 1022, 1023, 1024, 1025, 1900):  # before, at and after the rows read together
        lines = []
        for row in range(2000):
            note = '"two\nlines"' if rng.random() < 0.1 else "one"
            lines.append(f"{note},{'x' if row == wrong else row}\n")
            lines.append("\n" if rng.random() < 0.1 else "")
        text = "note,K_in [mM]\n" + "".join(lines)
        (tmp_path / "cells.csv").write_text(text)
        here = text[: text.index(",x\n")].count("\n") + 1 - ('lines",x' in text)
        with pytest.raises(DeclarationError, match=rf"row {here}, column K_in: .*got 'x'"):
            read_table(tmp_path / "cells.csv", "cells.csv")


def test_the_memory_of_a_table_is_that_of_its_numbers(tmp_path):
    columns, rows = 4, 20_000
    header = ",".join(f"x{n} [mV]" for n in range(columns))
    line = ",".join(["12.345678901234"] * columns) + "\n"
    (tmp_path / "cells.csv").write_text(f"{header}\n" + line * rows)
    tracemalloc.start()
    try:
        read_table(tmp_path / "cells.csv", "cells.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * 8 * columns * rows  # as texts they would take eight times that
