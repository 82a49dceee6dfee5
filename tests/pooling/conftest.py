from __future__ import annotations

import pytest

# Thirteen trials of BCG against tuberculosis, vaccinated and not: Colditz and others, JAMA 1994;271:698-702.
# The numbers pinned on them are those that metafor prints in its documentation of `rma` and `dat.bcg`, to more digits.
_BCG = """
Aronson 1948            4    119   11   128 44 random
Ferguson 1949           6    300   29   274 55 random
Rosenthal 1960          3    228   11   209 42 random
Hart 1977              62  13536  248 12619 52 random
Frimodt-Moller 1973    33   5036   47  5761 13 alternate
Stein 1953            180   1361  372  1079 44 alternate
Vandiviere 1973         8   2537   10   619 19 random
Madras 1980           505  87886  499 87892 13 random
Coetzee 1968           29   7470   45  7232 27 random
Rosenthal 1961         17   1699   65  1600 42 systematic
Comstock 1974         186  50448  141 27197 18 systematic
Comstock 1969           5   2493    3  2338 33 systematic
Comstock 1976          27  16886   29 17825 33 systematic
"""


@pytest.fixture
def bcg() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for line in _BCG.strip().splitlines():
        name, year, *counts, latitude, allocation = line.split()
        cells = dict(zip(("ai", "bi", "ci", "di"), map(float, counts), strict=True))
        rows.append({"study": f"{name} {year}", "year": year, **cells, "ablat": latitude, "alloc": allocation})
    return rows
