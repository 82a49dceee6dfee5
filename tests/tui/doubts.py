"""Records in pairs on which no rule is sure: in many scripts, with brackets and bad characters, long and short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewflow.storage.review import create_review
from reviewflow.workflow import deduplication, identification
from tests.conftest import COPY, PROTOCOL, Acts

if TYPE_CHECKING:
    from pathlib import Path

    from reviewflow.storage.review import Review


@dataclass(frozen=True)
class Written:
    """A record as a RIS file gives it."""

    title: str
    authors: tuple[str, ...] = ()
    journal: str = ""
    year: int | None = None
    volume: str = ""
    issue: str = ""
    pages: tuple[str, str] | tuple[()] = ()
    doi: str = ""
    kind: str = "JOUR"
    abstract: str = ""

    def ris(self) -> str:
        """Its entry."""
        start, end = self.pages or ("", "")
        tags = [("TY", self.kind), ("TI", self.title), *(("AU", each) for each in self.authors), ("JO", self.journal)]
        tags += [("PY", str(self.year or "")), ("VL", self.volume), ("IS", self.issue), ("SP", start), ("EP", end)]
        tags += [("DO", self.doi), ("AB", self.abstract)]
        return "".join(f"{tag}  - {value}\n" for tag, value in tags if value) + "ER  - \n"


ABSTRACT: Final = (
    "BACKGROUND: Doxofylline is a xanthine with fewer side effects than theophylline. METHODS: We randomised {n} "
    "adults with moderate asthma to doxofylline 400 mg or placebo three times a day for {weeks} weeks. The primary "
    "outcome was the change of FEV1 from baseline. RESULTS: FEV1 rose by {rise} with doxofylline and by 0.04 L with "
    "placebo (P {sign} 0.05). {drop} patients stopped treatment because of nausea. CONCLUSION: Doxofylline improves "
    "lung function in adults with asthma."
)
LONG: Final = " ".join(
    f"Sentence {n} of a long report describes how the ward of hospital {n * 7 % 23} was cleaned in week {n}."
    for n in range(1, 121)
)
TRIAL: Final = Written(
    "Doxofylline in adults with asthma: a randomised trial",
    ("Neskwood, Karl", "Abara, Ugo", "Lindqvist, Eva"),
    "Synthetic Journal of Asthma",
    2019,
    "12",
    "3",
    ("101", "109"),
    "10.5555/sja.12.101",
    abstract=ABSTRACT.format(n=120, weeks=12, rise="0.21 L", sign="<", drop="Four"),
)
COHORT: Final = Written(
    "Home dialysis and sleep: a cohort study", ("Jones, Ben",), "Kidneys", 2002, doi="10.5555/kid.2"
)

PAIRS: Final[tuple[tuple[Written, Written], ...]] = (
    (
        TRIAL,
        Written(
            "Doxofylline in adults with asthma: a randomized trial",
            ("Neskwood, K.", "Abara, U."),
            "Synth J Asthma",
            2018,
            "11",
            "Suppl 1",
            ("S44", "S44"),
            doi="10.5555/sja.12.101",
            kind="CONF",
            abstract=ABSTRACT.format(n=120, weeks=8, rise="0.21 L", sign=">", drop="Three"),
        ),
    ),
    (
        Written(
            "Hand rubs [alcohol] in wards: [bold]a stepped-wedge trial[/bold]",
            ("Okonjo, Ada",),
            "Journal of Clean Wards",
            2015,
            "4",
            abstract=LONG,
        ),
        Written(
            "Hand rubs [alcohol] in wards: [bold]a stepped-wedge trial[/bold]",
            ("Okonjo, Ada", "Petrov, Ilja"),
            "Journal of Clean Wards",
            2016,
            "6",
            abstract=LONG.replace("week 60", "month 60"),
        ),
    ),
    (
        Written(
            "多索茶碱治疗成人哮喘的随机对照试验研究",
            ("王, 伟", "李, 娜"),
            "中华哮喘杂志",
            2016,
            "9",
            "2",
            abstract="目的\uff1a评价多索茶碱的疗效。方法\uff1a120例患者。" * 6,
        ),
        Written(
            "多索茶碱治疗成人哮喘的随机对照试验研究",
            ("王, 伟", "李, 娜"),
            "中华哮喘杂志",
            2017,
            abstract="目的\uff1a评价多索茶碱的疗效。方法\uff1a96例患者。" * 6,
        ),
    ),
    (
        Written(
            "دوكسوفيلين في علاج الربو عند البالغين: تجربة عشوائية",
            ("الحسن, علي",),
            "مجلة الربو",
            2020,
        ),
        Written(
            "\u202eدوكسوفيلين في علاج الربو عند البالغين: تجربة عشوائية",
            ("الحسن, علي",),
            "مجلة الربو",
            2021,
        ),
    ),
    (
        Written("Inhaled budesonide in school children: a cohort study", ("Moreau, Lise",), "Paediatric Breath", 2011),
        Written("Inhaled budesonide in school children: a cohort study", ("Moreau, Lise",), "Cohort Letters", 2012),
    ),
    (
        COHORT,
        Written("Home dialysis and sleep: a cohort study", ("Jones, Ben",), year=2002),
    ),
)
"""Two records each: the first of a pair is from PubMed, the second from Embase."""


def exports() -> tuple[str, str]:
    """The two RIS files."""
    return tuple("\n".join(pair[side].ris() for pair in PAIRS) for side in (0, 1))  # type: ignore[return-value] # two


def made(folder: Path, title: str) -> Review:
    """A review on SQLite with these pairs, imported and compared."""
    review, act = create_review(folder, PROTOCOL.replace("A small review", title), COPY), Acts()
    for source, text in zip(("PubMed", "Embase"), exports(), strict=True):
        name = f"{source}.ris"
        identification.import_file(review, act("L", f"import {name}"), name, text.encode(), source=source)
    deduplication.run(review, act("L", "dedup run"))
    return review
