"""Laws of damage: every flipped bit is found by name, none is read as data, repair heals."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr
from copies import restored

from leakscape import picture
from leakscape import store as stores
from leakscape.errors import DamageError, SweepError
from leakscape.evaluation import plan
from leakscape.running import sweep
from leakscape.store.journal import history
from leakscape.store.metadata import read
from leakscape.store.root import COPY, sealed

PICTURE = {"output": "V", "x": "x", "select": {"t": "25 degC"}}
SMALL = {
    "x": {"log": [0.1, 10.0], "size": 12, "unit": "1"},
    "t": {"values": [5.0, 25.0], "unit": "degC"},
    "s": {"label": ["one", "two"], "y": {"values": [1.0, 2.0], "unit": "1"}},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Keep one finished sweep for the module."""
    return tmp_path_factory.mktemp("made") / "a.zarr"


@pytest.fixture
def study(toy, monkeypatch):
    monkeypatch.setattr(plan, "CHUNK_BYTES", 100)
    return toy(axes=SMALL, picture=PICTURE)


@pytest.fixture
def path(made, study, tmp_path, monkeypatch):
    """Give each test a finished sweep of its own."""
    if not made.exists():
        sweep(study, made)
    monkeypatch.chdir(tmp_path)
    return restored(made, tmp_path / "a.zarr")


def side(path: Path, name: str = "journal.jsonl") -> Path:
    return Path(f"{path}.sweep") / name


def files(path: Path) -> list[Path]:
    """Return every file of a store that says something: all but the lock and its holder."""
    inside = sorted(file for file in path.rglob("*") if file.is_file())
    return [*inside, side(path), side(path, COPY)]


def hashes(path: Path) -> dict[str, str]:
    inside = (file for file in path.rglob("*") if file.is_file())
    return {str(f.relative_to(path)): hashlib.sha256(f.read_bytes()).hexdigest() for f in inside}


def flip(file: Path, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[bit // 8] ^= 1 << (bit % 8)
    file.write_bytes(content)


def looks(path: Path) -> list[object]:
    """Look at a store in every way; return the datasets, and the sentences of what was refused."""
    seen: list[object] = []
    for look in (
        lambda: stores.state(path).damaged,
        lambda: stores.open(path).load(),
        lambda: picture.draw([path]),
    ):
        try:
            seen.append(look())
        except DamageError as error:
            seen.append(str(error))
    assert all("leakscape repair" in text for text in seen if isinstance(text, str))
    return seen


def test_a_sound_store_raises_no_alarm(path):
    report = stores.verify(path)
    assert (report.sound, report.unchecked) == (True, ())
    assert stores.repair(path) == stores.Repair(path=path, rewritten=(), dropped=(), left=())


def flipped(path: Path, made: Path, whole: dict[str, str], sound, chance: random.Random) -> None:
    """Flip one bit anywhere, and hold the store to every law."""
    restored(made, path)
    file = chance.choice(files(path))
    flip(file, chance.randrange(8 * file.stat().st_size))
    place = f"{file.parent.name}/{file.name}" if file.parent.parent == path else file.name
    found = stores.verify(path).damage
    assert [damage.file.removeprefix("../a.zarr.sweep/") for damage in found] == [place]
    if file.parent == side(path).parent:  # what was hit is no part of the data
        assert stores.open(path).load().drop_attrs().identical(sound.drop_attrs())
    else:
        with pytest.raises(DamageError, match=file.name):
            stores.open(path).load()
    done = stores.repair(path)
    assert done.left == ()
    assert stores.verify(path).sound
    changed = {name for name, digest in hashes(path).items() if digest != whole[name]}
    if done.dropped:
        (damage,) = done.dropped
        assert damage.file == place
        lost = whole.keys() - hashes(path).keys()
        assert place in lost
        assert [name for name in lost - {place} if not name.startswith("status/")] == []
        assert len(lost) <= 2
        assert changed == {"zarr.json"}  # not complete any more
    else:
        assert changed == set()
        assert hashes(path).keys() == whole.keys()


@pytest.mark.slow
def test_a_thousand_flipped_bits_are_found_named_and_healed(path, made):
    whole, sound = hashes(made), stores.open(made).load()
    for seed in range(1000):
        flipped(path, made, whole, sound, random.Random(seed))


@pytest.mark.parametrize("place", ["V/zarr.json", "x/zarr.json", "s/c.0", "y/c.0", "zarr.json"])
@pytest.mark.parametrize("harm", ["gone", "empty", "zeros", "cut", "folder"])
def test_what_follows_from_the_study_is_written_anew_to_the_last_byte(path, study, place, harm):
    whole, file = hashes(path), path / place
    content = file.read_bytes()
    file.unlink()
    if harm == "folder":
        file.mkdir()
    elif harm != "gone":
        file.write_bytes({"empty": b"", "zeros": bytes(len(content)), "cut": content[:-9]}[harm])
    for seen in looks(path):
        assert place.rpartition("/")[2] in str(seen)
    report = sweep(study, path)
    assert (report.complete, report.computed) == (True, 0)
    assert place in report.repaired[0]
    assert hashes(path) == whole
    assert stores.verify(path).sound


CHANGES = {
    "dtype": {"data_type": "float64"},
    "shape": {"shape": [12, 3]},
    "fill": {"fill_value": 0.0},
    "dimension names": {"dimension_names": ["x", "t"]},
    "key separator": {"chunk_key_encoding": {"name": "default", "configuration": {}}},
    "units": {"attributes": {"units": "V", "long_name": "potential"}},
    "byte order": {"codecs": [{"name": "bytes", "configuration": {"endian": "big"}}]},
}


@pytest.mark.repeats(quick=8)
@pytest.mark.parametrize("old", [False, True], ids=["now", "before digests"])
@pytest.mark.parametrize("journal", [True, False], ids=["journal", "no journal"])
@pytest.mark.parametrize("change", CHANGES)
def test_changed_metadata_is_named_by_field(path, study, aged, change, journal, old):
    if old:
        aged(path)
    if not journal:
        side(path).unlink()
    file = path / "V" / "zarr.json"
    document, key = json.loads(file.read_bytes()), next(iter(CHANGES[change]))
    codecs = [*CHANGES["byte order"]["codecs"], *document["codecs"][1:]]
    new = CHANGES[change] if change != "byte order" else {"codecs": codecs}
    file.write_text(json.dumps(document | new, indent=2, sort_keys=True))
    (damage,) = stores.verify(path).damage
    assert (damage.variable, damage.chunk) == ("V", "zarr.json")
    assert f"changed: {key}" in damage.what
    for seen in looks(path):
        assert f"V/zarr.json: changed: {key}" in str(seen)
    report = sweep(study, path)
    assert (report.complete, report.computed) == (True, 0)
    assert stores.verify(path).sound
    if old:
        assert json.loads(file.read_bytes()) == document


def relabel(path: Path, name: str, values: list[object]) -> None:
    """Write other values into a coordinate, with a right checksum, and let no journal know."""
    zarr.open_array(path / name, mode="r+")[...] = np.array(values)
    side(path).unlink()


@pytest.mark.parametrize(("name", "values"), [("t", [5.0, 25.5]), ("s", ["one", "twos"])])
def test_without_a_journal_coordinates_are_compared_with_the_study(path, study, name, values):
    relabel(path, name, values)
    report = stores.verify(path)
    assert report.damage == (stores.Damage(name, "c.0", "other values than the study's"),)
    assert report.unchecked == ("no journal: whether chunks changed places (4 of 4)",)
    assert sweep(study, path).computed == 0
    assert stores.verify(path).sound


def test_a_store_of_before_digests_works_and_says_what_it_cannot_tell(path, study, aged, contents):
    whole = contents(path)
    aged(path)
    report = stores.verify(path)
    assert report.sound
    assert [text.split(":")[0] for text in report.unchecked] == [
        "a journal of an earlier version",
        "a store of an earlier version",
    ]
    assert stores.open(path).load().V.notnull().any()
    assert stores.state(path).complete
    assert sweep(study, path).computed == 0
    file = path / "V" / "c.1.0"
    (path / "status" / "c.1.0.0").unlink()
    file.write_bytes(bytes(file.stat().st_size))
    assert sweep(study, path).complete
    assert contents(path) == whole


def test_a_link_to_a_store_changes_no_verdict(path, tmp_path):
    link = tmp_path / "elsewhere" / "link.zarr"
    link.parent.mkdir()
    link.symlink_to(path)
    assert stores.verify(link) == stores.verify(path)
    assert stores.verify(link).journalled > 0
    one, other = path / "V" / "c.0.0", path / "V" / "c.1.0"
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    assert stores.verify(link).damage == stores.verify(path).damage != ()
    assert {damage.file for damage in stores.repair(link).dropped} == {"V/c.0.0", "V/c.1.0"}


def test_a_root_that_was_exchanged_is_refused(path, study):
    document = json.loads((path / "zarr.json").read_bytes())
    document["attributes"]["kernel"] = "another"
    (path / "zarr.json").write_bytes(sealed(document))  # sealed anew, as no accident does
    (damage,) = stores.verify(path).damage
    assert damage == stores.Damage("", "zarr.json", "not the one that the journal knows")
    assert sweep(study, path).computed == 0
    assert stores.verify(path).sound


def test_a_deleted_store_is_made_anew_and_not_rescued(path, study):
    shutil.rmtree(path)
    with pytest.raises(SweepError, match="no sweep there"):
        stores.open(path)
    assert sweep(study, path).computed == sweep(study, path).total


def test_one_flipped_bit_of_the_journal_costs_a_look_at_its_chunk(path, study):
    before = stores.state(path)
    lines = side(path).read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if b'"chunk"' in line)
    flip(side(path), 8 * (sum(map(len, lines[:number])) + len(lines[number]) // 2))
    assert stores.state(path) == before
    (damage,) = stores.verify(path).damage
    assert damage.what == f"line {number + 1} is not as written"
    assert sweep(study, path).computed == 0
    assert stores.verify(path).sound
    assert history(read(path)).damaged == ()
