"""Which report a file belongs to is told by its name or by the DOI inside, or it is not told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.full_text.clues import Finder, Inside
from reviewflow.domain.record import Record

SOUGHT = {
    1: Record(
        title="Aspirin against headache in adults: a randomised trial",
        authors=("Smith, Ann", "Jones, Ben"),
        year=2001,
        doi="10.1000/one.1",
        pmid="11223344",
    ),
    2: Record(title="Heparin in dialysis: a cohort study", authors=("Müller-Lüdenscheidt, Ute",), year=2002),
    4: Record(title="Insulin pumps", authors=("Smith, Ann",), year=2001, doi="10.1016/s0140-6736(19)30001-1"),
    53: Record(
        title="Exercise in the elderly, or how to grow old", authors=("de la Cruz, J",), year=2003, pmcid="PMC99887"
    ),
}
RECORDS = {1: 1, 2: 2, 3: 1, 4: 4, 9: 9, 53: 53}
FINDER = Finder(SOUGHT, RECORDS)


@pytest.mark.parametrize(
    ("stem", "report"),
    [
        ("p1", 1),
        ("P1", 1),
        ("r3", 1),
        ("p1 (2)", 1),
        ("p1_Smith", 1),
        ("r53 - Exercise", 53),
        ("11223344", 1),
        ("PMID_11223344", 1),
        ("Smith 11223344 final", 1),
        ("PMC99887", 53),
        ("10.1000_one.1", 1),
        ("10.1000-one.1", 1),
        ("10.1000%2Fone.1", 1),
        ("10.1000_one.1 (1)", 1),
        ("10.1000_one.1 main", 1),
        ("10.1016_S0140-6736(19)30001-1", 4),
        ("Smith 2001 Aspirin headache", 1),
        ("smith_2001_insulin_pumps", 4),
        ("Smith et al. - 2001 - Aspirin against headache in adults a randomised trial", 1),
        ("Muller-Ludenscheidt 2002 heparin dialysis cohort", 2),
        ("Aspirin against headache in adults a randomised trial", 1),
        ("Exercise in the elderly, or how to grow ol", None),
        ("Aspirin against headache in adults: a randomised tri", 1),
        ("de la Cruz 2003 exercise elderly", 53),
        # Not certain, or not sought.
        ("Smith 2001", None),
        ("Smith 2002 Aspirin headache", None),
        ("p53 and apoptosis in mice", None),
        ("p9", None),
        ("p2-supplement", None),
        ("Correction to Smith 2001 Aspirin against headache in adults a randomised trial", None),
        ("10.1000_one.12", None),
        ("10.1000_one.1.suppl", None),
        ("99999999", None),
        ("PMID 7", None),
        ("scan", None),
        ("2001", None),
        ("p1 10.1016_S0140-6736(19)30001-1", None),
        ("", None),
    ],
)
def test_the_name_of_a_file_tells_its_report(stem: str, report: int | None) -> None:
    found = FINDER.place(stem, Inside())
    assert found.report == report
    assert found.why
    assert set(found.candidates) <= SOUGHT.keys()


@pytest.mark.parametrize(
    ("stem", "inside", "report", "candidates"),
    [
        ("scan", Inside(("10.1000/one.1",)), 1, ()),
        ("scan", Inside((), ("10.1000/one.1",)), 1, ()),
        ("Smith 2001", Inside((), ("10.1000/one.1", "10.1000/other")), 1, ()),
        ("Smith 2001", Inside((), ("10.1000/other",)), None, ()),
        ("scan", Inside((), ("10.1000/one.1", "10.1000/other")), None, (1,)),
        ("scan", Inside((), ("10.1000/other", "10.1000/more")), None, ()),
        ("scan", Inside(("10.1000/other",), ("10.1000/one.1",)), None, ()),
        ("p2", Inside(("10.1000/new",)), 2, ()),
        ("p1", Inside(("10.1000/new",)), None, (1,)),
        ("p2", Inside(("10.1000/one.1",)), None, (1, 2)),
        ("Cruz 1999 Mice", Inside(("10.1000/one.1",)), 1, ()),
        ("Smith 2001", Inside(), None, (1, 4)),
    ],
)
def test_what_a_file_tells_of_itself_counts_beside_its_name(
    stem: str, inside: Inside, report: int | None, candidates: tuple[int, ...]
) -> None:
    found = FINDER.place(stem, inside)
    assert (found.report, found.candidates) == (report, candidates)


@given(stem=st.text(max_size=60), own=st.sampled_from(((), ("10.1000/one.1",), ("10.9999/strange",))))
def test_no_name_is_too_strange(stem: str, own: tuple[str, ...]) -> None:
    found = FINDER.place(stem, Inside(own))
    assert found.report is None or found.report in SOUGHT
    assert found.report is None or not found.candidates


@given(first=st.sampled_from(sorted(SOUGHT)), second=st.sampled_from(sorted(SOUGHT)))
def test_two_clues_that_lead_to_different_reports_lead_to_none(first: int, second: int) -> None:
    doi = SOUGHT[second].doi
    found = FINDER.place(f"p{first}", Inside((doi,) if doi else ()))
    assert found.report == (first if not doi or first == second else None)
