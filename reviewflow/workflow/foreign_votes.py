"""Takes in the decisions of one person from the export of another screening program, as that person's votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Role, Stage, Verdict
from reviewflow.errors import InputError, UsageError
from reviewflow.storage import origins, records, reports
from reviewflow.storage.blobs import sha256_of
from reviewflow.workflow import identification, screening
from reviewflow.workflow.foreign_decisions import Said, said_in
from reviewflow.workflow.matching import Match, Matcher
from reviewflow.workflow.read_file import read_file
from reviewflow.workflow.references import travelling_key
from reviewflow.workflow.screening import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import RawRecord, Record
    from reviewflow.storage.review import Review
    from reviewflow.workflow.identification import Imported
    from reviewflow.workflow.screening import Cast


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A decision on a record that is not known for certain.

    Attributes:
        where: File and line.
        title: Of the record in the file.
        why: Why it is taken for no record of the review.
    """

    where: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """The decisions of a person in a file.

    Attributes:
        decisions: On records of the review.
        unmatched: On records that are not known for certain.
        n_undecided: Records of the file on which the person has not decided.
    """

    decisions: tuple[Decision, ...]
    unmatched: tuple[Unmatched, ...]
    n_undecided: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the file with what it says."""

    raw: RawRecord
    record: Record
    where: str
    said: Said


def read(
    review: Review,
    name: str,
    content: bytes,
    reviewer: str,
    *,
    person: str = "",
    stage: Stage = Stage.TITLE_ABSTRACT,
    otherwise: Verdict | None = None,
) -> Found:
    """The decisions of one person in a file, on the records of the review that they are on.

    A record is known by our own id, or as an entry of that very file; else by its DOI, PubMed or accession number, else
    by its title and year; and only where all that it tells leads to one report.

    Args:
        review: The review.
        name: Name of the file.
        content: Its bytes.
        reviewer: Name in the team of the one whose votes they are to be.
        person: The same person's name in the file; "" where it is the same, or the file names nobody.
        stage: The stage, for reasons of exclusion.
        otherwise: What a record means on which the file says nothing, as in Covidence's lists.

    Raises:
        InputError: The file cannot be read, or holds no decision of that person.
        UsageError: The file has the decisions of others, or names nobody and a name was asked for.
    """
    entries = _entries(name, content)
    who = _person_in(entries, name, reviewer, person)
    return _of_person(review, name, content, entries, who, stage, otherwise)


def _of_person(
    review: Review,
    name: str,
    content: bytes,
    entries: Sequence[_Entry],
    who: str,
    stage: Stage,
    otherwise: Verdict | None = None,
) -> Found:
    """The decisions of one person in the entries of a file, as `read` gives them."""
    wanted = []
    for entry in entries:
        verdict = entry.said.by_person.get(who, otherwise)
        if verdict is not None:
            wanted.append((entry, verdict))
    if not wanted:
        whose = f" of {who}" if who else ""
        raise InputError(
            f"{name} holds no decision{whose}",
            "export it with decisions; or say what it is a list of: --verdict exclude",
        )
    matches = _matched(review, sha256_of(content), [entry for entry, _ in wanted])
    decisions, unmatched = [], []
    for (entry, verdict), match in zip(wanted, matches, strict=True):
        if match.record is None:
            unmatched.append(Unmatched(entry.where, entry.record.title, match.why))
        else:
            decisions.append(_decision(review, stage, entry, who, verdict, match.record))
    return Found(tuple(decisions), tuple(unmatched), len(entries) - len(wanted))


def import_with_votes(
    review: Review,
    acts: tuple[Act, Act],
    name: str,
    content: bytes,
    person: str,
    *,
    source: str = "",
    search: int | None = None,
    n_expected: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Imported, Cast]:
    """Import records together with the decisions of one person on their titles and abstracts.

    Args:
        review: The review.
        acts: The reviewer's two acts: the import, and the votes.
        name: Name of the file.
        content: Its bytes.
        person: The reviewer's name in the file; the reviewer's own where the file names nobody.
        source: As for `identification.import_file`, and so the rest.
        search: Likewise.
        n_expected: Likewise.
        progress: Likewise.

    Raises:
        InputError: The file cannot be read, or holds no decision of that person. Nothing is imported.
        UsageError: The person does not screen, or is not in the file. Nothing is imported.
    """
    importing, voting = acts
    if Role.REVIEWER not in review.protocol.member(voting.reviewer).roles:
        raise UsageError(f"{voting.reviewer} does not screen in this review", "act as a reviewer: --as NAME")
    entries = _entries(name, content)
    who = _person_in(entries, name, voting.reviewer, person, "--with-votes")
    if not any(who in entry.said.by_person for entry in entries):
        raise InputError(f"{name} holds no decision of {person}", "import it without --with-votes")
    done = identification.import_file(
        review, importing, name, content, source=source, search=search, n_expected=n_expected, progress=progress
    )
    found = _of_person(review, name, content, entries, who, Stage.TITLE_ABSTRACT)
    return done, screening.vote(review, voting, Stage.TITLE_ABSTRACT, found.decisions)


def _entries(name: str, content: bytes) -> list[_Entry]:
    file = read_file(name, content)
    entries = []
    for raw, record in file.pairs():
        where = f"{name}, line {raw.line}"
        entries.append(_Entry(raw, record, where, said_in(raw, file.export.format, where)))
    return entries


def _person_in(entries: Sequence[_Entry], name: str, reviewer: str, person: str, option: str = "--person") -> str:
    """The name under which the reviewer's decisions stand in the file; "" where it names nobody.

    Raises:
        UsageError: The file has the decisions of others, or names nobody and another name was asked for.
    """
    people = sorted({each for entry in entries for each in entry.said.by_person if each})
    if not people:
        if person not in {"", reviewer}:
            raise UsageError(
                f"{name} does not say whose decisions it holds: they cannot be told to be {person}'s",
                f"give no other name with {option} if they are {reviewer}'s",
            )
        return ""
    wanted = person or reviewer
    if wanted not in people:
        raise UsageError(
            f"{name} holds no decisions of {wanted!r}: it has those of {', '.join(people)}",
            f"say under which name {reviewer} stands there: {option} NAME",
        )
    return wanted


def _matched(review: Review, sha256: str, entries: Sequence[_Entry]) -> list[Match]:
    """Of each entry the record of the review that it is."""
    with review.reading() as connection:
        keys = origins.by_key(connection)
        own = [
            keys.get(travelling_key(entry.raw.tags), keys.get(origins.origin_key(sha256, entry.raw.ordinal)))
            for entry in entries
        ]
        if None not in own:
            return [Match(record) for record in own]
        home = {record: report for report, same in reports.members(connection).items() for record in same}
        matcher = Matcher((id_, home[id_], record) for id_, _, record in records.records(connection))
    rest = [entry.record for entry, known in zip(entries, own, strict=True) if known is None]
    told = iter(matcher.matches(rest))
    return [next(told) if known is None else Match(known) for known in own]


def _decision(review: Review, stage: Stage, entry: _Entry, who: str, verdict: Verdict, record: int) -> Decision:
    note = entry.said.notes.get(who, "")
    if verdict is not Verdict.EXCLUDE or not entry.said.reasons:
        return Decision(record, verdict, "", note, entry.where)
    known = {_plain(word): reason.id for reason in review.protocol.reasons for word in (reason.id, reason.label)}
    given = entry.said.reasons
    first = next((word for word in given if _plain(word) in known), "")
    if not first and stage is Stage.FULL_TEXT:
        raise InputError(
            f"{entry.where}: {', '.join(given)} is no exclusion reason of this review",
            f"name it under [[reason]] in reviewflow.toml, which has: {', '.join(known.values()) or 'none yet'}",
        )
    rest = [word for word in given if word != first]
    words = "; ".join(filter(None, (*rest, note)))
    return Decision(record, verdict, known[_plain(first)] if first else "", words, entry.where)


def _plain(words: str) -> str:
    return " ".join(words.replace("_", " ").replace("-", " ").casefold().split())


def listed(unmatched: Iterable[Unmatched]) -> list[str]:
    """A line for each decision that could not be matched."""
    return [f"{each.where}: {each.title[:80] or '(no title)'}: {each.why}" for each in unmatched]
