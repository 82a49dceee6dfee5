"""Simulated screening of a labelled set: what a ranking would have saved, and where the stopping rule would end."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.domain import ranking, stopping
from reviewflow.domain.csv_text import csv_text
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewflow.domain.ranking import Model

_LONGEST_CELL = 1 << 30
_NEEDED = ("record_id", "title", "abstract")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Records whose relevance is known.

    Attributes:
        ids: In the order of the file, each once.
        texts: What a model reads of each.
        relevant: Whether each is relevant.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    relevant: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Simulated:
    """The order in which the records would have been screened, and what comes of it.

    Attributes:
        model: What ranked them.
        seed: Of the priors and of the model.
        priors: Ids of the records labelled beforehand.
        order: (id, relevant) of the others, in the order screened.
        wss95: Work saved over sampling at 95 % recall; None, as the two below, where no relevant record was to find.
        recall10: Recall after a tenth of the records.
        loss: 0 for the best order there can be, 1 for the worst.
        stop: Where the stopping rule would have ended; None where it never would.
    """

    model: Model
    seed: int
    priors: tuple[tuple[str, bool], ...]
    order: tuple[tuple[str, bool], ...]
    wss95: float | None
    recall10: float | None
    loss: float | None
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a stopping rule ends a simulation; the priors count as screened.

    Attributes:
        n_screened: Records screened by then.
        recall: Recall reached.
        saved: Share of the records that is left unscreened.
    """

    n_screened: int
    recall: float
    saved: float


def read(text: str, name: str, label: str) -> Labelled:
    """The records of a CSV with the columns record_id, title, abstract and a label of 0 and 1.

    Args:
        text: The CSV.
        name: Of the file, for error messages.
        label: The column that holds the label.

    Raises:
        InputError: A column is missing, a label is not 0 or 1, or an id stands twice; names the line.
    """
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        header = list(reader.fieldnames or ())
        for column in (*_NEEDED, label):
            if column not in header:
                raise InputError(f"{name} has no column {column!r}", f"its columns: {', '.join(header) or 'none'}")
        rows = list(_rows(reader, name, label))
    except csv.Error as error:
        raise InputError(
            f"{name} is no readable CSV: {error}", "look for a quotation mark that is not closed"
        ) from error
    finally:
        csv.field_size_limit(limit)
    return Labelled(tuple(row[0] for row in rows), tuple(row[1] for row in rows), tuple(row[2] for row in rows))


def _rows(reader: csv.DictReader[str], name: str, label: str) -> Iterator[tuple[str, str, bool]]:
    """(id, text, relevant) of each row."""
    seen: set[str] = set()
    for row in reader:
        where = f"{name}, line {reader.line_num}"
        id_, said = (row["record_id"] or "").strip(), (row[label] or "").strip()
        if not id_ or id_ in seen:
            what = f"record_id {id_!r} stands twice" if id_ else "record_id is empty"
            raise InputError(f"{where}: {what}", "give each record an id of its own")
        if said not in {"0", "1"}:
            raise InputError(f"{where}: the label {said!r} in {label} is neither 0 nor 1", "label each record 0 or 1")
        seen.add(id_)
        yield id_, ranking.text_of(row["title"] or "", row["abstract"] or ""), said == "1"


def simulate(
    records: Labelled, model: Model, seed: int, prior_ids: Sequence[str], *, target: float, alpha: float
) -> Simulated:
    """Screen the records in the order of the ranking, which learns from each label at once.

    Args:
        records: The labelled records.
        model: What ranks them.
        seed: Chooses the priors where none are named.
        prior_ids: Ids of the records labelled beforehand, relevant and irrelevant; empty for one of each at random.
        target: Recall that the stopping rule aims at.
        alpha: Its level.

    Raises:
        InputError: The records are all of one kind.
        UsageError: A prior is not among the records, or the priors are all of one kind.
    """
    known = _places(records, prior_ids) if prior_ids else list(ranking.priors(records.relevant, seed))
    ranker = ranking.Ranker(records.texts, model, seed)
    places = list(ranking.screened(ranker, records.relevant, known))
    labels = [records.relevant[place] for place in places]
    every = [records.relevant[place] for place in known] + labels
    found = stopping.first_stop(every, len(every), target, alpha)
    return Simulated(
        model=model,
        seed=seed,
        priors=tuple((records.ids[place], records.relevant[place]) for place in known),
        order=tuple((records.ids[place], records.relevant[place]) for place in places),
        wss95=ranking.wss(labels, 0.95),
        recall10=ranking.recall_after(labels, 0.1),
        loss=ranking.loss(labels),
        stop=None if found is None else Stop(found, sum(every[:found]) / sum(every), 1 - found / len(every)),
    )


def _places(records: Labelled, prior_ids: Sequence[str]) -> list[int]:
    place_of = {id_: place for place, id_ in enumerate(records.ids)}
    missing = [id_ for id_ in prior_ids if id_ not in place_of]
    if missing:
        raise UsageError(f"the prior {missing[0]!r} is not among the records", "name priors by their record_id")
    known = list(dict.fromkeys(place_of[id_] for id_ in prior_ids))
    if len({records.relevant[place] for place in known}) < 2:
        raise UsageError("the priors are all of one kind", "name one relevant and one irrelevant record at least")
    return known


def order_csv(found: Simulated) -> str:
    """The order as a CSV: record_id, prior, label; the priors first."""
    header = ("record_id", "prior", "label")
    return csv_text([header, *_numbered(found.priors, prior=True), *_numbered(found.order, prior=False)])


def _numbered(rows: Iterable[tuple[str, bool]], *, prior: bool) -> Iterator[tuple[str, int, int]]:
    return ((id_, int(prior), int(relevant)) for id_, relevant in rows)


def to_json(found: Simulated) -> dict[str, Any]:
    """The result without the order."""
    stop = found.stop
    return {
        "model": found.model.name,
        "model_version": found.model.version,
        "seed": found.seed,
        "priors": [id_ for id_, _ in found.priors],
        "n_records": len(found.priors) + len(found.order),
        "n_relevant": sum(relevant for _, relevant in (*found.priors, *found.order)),
        "wss95": found.wss95,
        "recall10": found.recall10,
        "loss": found.loss,
        "stop": None if stop is None else {"n_screened": stop.n_screened, "recall": stop.recall, "saved": stop.saved},
    }


def lines_of(found: Simulated, target: float, alpha: float) -> list[str]:
    """The result in words."""
    n = len(found.priors) + len(found.order)
    n_relevant = sum(relevant for _, relevant in (*found.priors, *found.order))
    lines = [f"{n} records, {n_relevant} relevant; {found.model.words}."]
    if found.wss95 is not None and found.recall10 is not None and found.loss is not None:
        lines.append(
            f"WSS@95 {found.wss95:.3f}, recall after 10 % screened {found.recall10:.3f}, loss {found.loss:.4f}."
        )
    rule = f"The stopping rule (recall {target:g}, alpha {alpha:g})"
    if found.stop is None:
        return [*lines, f"{rule} would not have stopped before the end."]
    stop = found.stop
    return [
        *lines,
        f"{rule} would have stopped after {stop.n_screened} records: recall {stop.recall:.3f}, {stop.saved:.1%} saved.",
    ]
