"""Makes the labelled reconstruction of the reference review: four search exports, the truth about them, and decisions.

usage: python data/reference_review/generate.py [--out DIR]

The same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent))

from data.reference_review import decisions, dialects, records  # noqa: E402  a script finds its siblings by the path above
from data.reference_review.fillers import all_works  # noqa: E402  as above
from data.reference_review.traits import plant  # noqa: E402  as above
from data.reference_review.works import real_works  # noqa: E402  as above

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from data.reference_review.records import SourceRecord
    from data.reference_review.works import Work

SEED = "reviewflow reference review 1"
EXPORTS = {
    records.PUBMED: ("exports/pubmed.nbib", dialects.nbib),
    records.EMBASE: ("exports/embase.ris", dialects.embase),
    records.WOS: ("exports/wos.ciw", dialects.ciw),
    records.COCHRANE: ("exports/cochrane.ris", dialects.central),
}
# Studies of studies.csv by their report, and the reports that accompany them.
COMPANIONS = {"R017": "R002", "R040": "R009", "R075": "R001", "R076": "R003", "R078": "R002"}


def _rows(rng: Random, works: Sequence[Work]) -> dict[str, list[tuple[Work, bool]]]:
    """The works that each database holds in the order of its export, newest first; True marks the second copy."""
    held: dict[str, list[tuple[Work, bool]]] = defaultdict(list)
    for work in works:
        for letter in work.sources:
            held[letter].append((work, False))
        if "embase:twice" in work.traits:
            held["E"].append((work, True))
    for rows in held.values():
        rng.shuffle(rows)
        rows.sort(key=lambda row: -row[0].year)
    return held


def source_records(works: Sequence[Work]) -> list[SourceRecord]:
    """All 846 records, database by database, in the order of the exports."""
    held = _rows(Random(f"{SEED} order"), works)
    out = [records.pubmed_record(work, work.pmid) for work, _ in held["P"]]
    for number, (work, twin) in enumerate(held["E"]):
        out.append(records.embase_record(work, f"L90{50000000 - 7 * number}", twin=twin))
    for number, (work, _) in enumerate(held["W"]):
        out.append(records.wos_record(work, f"WOS:{999000900000000 - 11 * number}"))
    for number, (work, _) in enumerate(held["C"]):
        out.append(records.cochrane_record(work, f"CN-99{900000 - 3 * number}"))
    return out


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file of these rows."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()


def _provenance(all_records: Sequence[SourceRecord]) -> bytes:
    header = ("source", "accession", "work_id", "provenance", "pattern", "trap")
    return table(
        header,
        (
            (record.source, record.accession, record.work.work_id, record.work.provenance, " ".join(record.pattern),
             record.work.trap)
            for record in all_records
        ),
    )  # fmt: skip


def _study_reports(all_records: Sequence[SourceRecord]) -> bytes:
    with (HERE / "studies.csv").open(encoding="utf-8", newline="") as stream:
        studies = {row["rec_id"]: row["study"] for row in csv.DictReader(stream)}
    rows = []
    for record in all_records:
        work_id = record.work.work_id
        study = studies.get(COMPANIONS.get(work_id, work_id))
        if study:
            role = (
                "primary" if work_id in studies else "registration" if record.work.kind == "registry" else "companion"
            )
            rows.append((study, record.source, record.accession, role))
    return table(("study", "source", "accession", "role"), sorted(rows))


def works_of_the_review() -> list[Work]:
    """The 523 works with what is planted in them."""
    return plant(Random(f"{SEED} traits"), all_works(Random(f"{SEED} works"), real_works(HERE / "real_records.csv")))


def shipped_files() -> dict[str, bytes]:
    """Every generated file by its path inside this folder."""
    all_records = source_records(works_of_the_review())
    files = {
        path: write([record for record in all_records if record.source == source])
        for source, (path, write) in EXPORTS.items()
    }
    files["provenance.csv"] = _provenance(all_records)
    files["study_reports.csv"] = _study_reports(all_records)
    for name, rows in decisions.decision_tables(Random(f"{SEED} decisions"), all_records).items():
        files[f"decisions/{name}.csv"] = table(decisions.COLUMNS, rows)
    return files


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    out: Path = parser.parse_args(arguments).out
    for name, content in shipped_files().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{len(content):>9,} {path}")


if __name__ == "__main__":
    main()
