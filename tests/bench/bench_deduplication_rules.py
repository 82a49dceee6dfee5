"""Measures deduplication on labelled sets: its errors, what each rule does alone, and the score on unseen sets.

    python tests/bench/bench_deduplication_rules.py FOLDER

FOLDER holds one CSV for each set, with the columns record_id and cluster_id (records of one report share it) and the
fields of the records. Wrong: records merged into a report that is not theirs. Missed: records of a report left apart.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from reviewflow.domain.deduplication import TABLES, Candidate, find_duplicates
from reviewflow.domain.deduplication.blocks import pairs
from reviewflow.domain.deduplication.clusters import Clusters
from reviewflow.domain.deduplication.pool import read_pool, read_tables
from reviewflow.domain.deduplication.rules import AUTOMATIC, NO, REVIEW, Rule, Rules, judge
from reviewflow.formats import canonical, open_export
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.features import Features

# Pairs for a person that the leave-one-out threshold may ask for, in every set it is chosen on.
REVIEW_PER_1000 = 10
THRESHOLDS = np.arange(0.02, 0.99, 0.02)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A set with its truth and with the features of every pair of it that is worth comparing.

    Attributes:
        name: Name of the file.
        candidates: The records, numbered in order.
        truth: Name of the report of each record.
        chosen: The pairs, shape (n, 2).
        features: Their features.
    """

    name: str
    candidates: list[Candidate]
    truth: list[str]
    chosen: NDArray[np.int64]
    features: Features

    @property
    def same(self) -> NDArray[np.bool_]:
        """Which pairs are of one report."""
        return np.array([self.truth[a] == self.truth[b] for a, b in self.chosen.tolist()], np.bool_)

    @property
    def n_redundant(self) -> int:
        """Records less reports."""
        return len(self.truth) - len(set(self.truth))


def read_set(path: Path, tables: Mapping[str, Mapping[str, Any]]) -> LabelledSet:
    """The labelled set in a file."""
    content = path.read_bytes()
    truth = [row["cluster_id"] for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))]
    export = open_export(content, path.name)
    records = [canonical(raw, export.format) for raw in export.records()]
    candidates = [Candidate(place, record, record.database) for place, record in enumerate(records)]
    pool = read_pool(candidates, tables)
    chosen, title = pool.worth_comparing(pairs(pool.sketches))
    return LabelledSet(path.stem, candidates, truth, chosen, pool.features(chosen, title))


def joined(labelled: LabelledSet, linked: NDArray[np.int64]) -> dict[int, int]:
    """Record to cluster, where these pairs are linked and nothing else is asked."""
    clusters = Clusters(range(len(labelled.truth)))
    for a, b in linked.tolist():
        clusters.join(a, b)
    return clusters.named()


def errors(truth: Sequence[str], clusters: Mapping[int, int]) -> tuple[int, int]:
    """Records merged wrongly, and redundant records missed."""
    named = Counter(clusters.values())
    parts = Counter((truth[record], cluster) for record, cluster in clusters.items())
    rightly = sum(named.values()) - len(parts)
    return len(parts) - len(named), len(truth) - len(set(truth)) - rightly


def automatic(labelled: LabelledSet, rules: Rules) -> NDArray[np.int64]:
    """The pairs that the rules link, before constraints between clusters."""
    linked: NDArray[np.int64] = labelled.chosen[judge(labelled.features, rules).decision == AUTOMATIC]
    return linked


def without(rules: Rules, name: str) -> Rules:
    """The rules less the rule or the veto of this name."""
    return replace(
        rules,
        automatic=tuple(rule for rule in rules.automatic if rule.name != name),
        vetoes=tuple(veto for veto in rules.vetoes if veto.name != name),
    )


def after_review(labelled: LabelledSet, asked: NDArray[np.bool_], rules: Rules) -> tuple[int, int]:
    """Pairs that a person is asked, and records missed when every answer is right."""
    linked = automatic(labelled, rules)
    named = joined(labelled, linked)
    between = {tuple(sorted((named[a], named[b]))) for a, b in labelled.chosen[asked].tolist() if named[a] != named[b]}
    settled = np.concatenate([linked, labelled.chosen[asked & labelled.same]])
    return len(between), errors(labelled.truth, joined(labelled, settled))[1]


def print_errors(sets: Sequence[LabelledSet], tables: Mapping[str, Mapping[str, Any]]) -> None:
    """One line for each set: what a run finds."""
    print(f"{'set':<26}{'records':>8}{'redundant':>10}{'wrong':>6}{'missed':>7}{'asked':>6}{'missed after':>13}")
    for labelled in sets:
        found = find_duplicates(labelled.candidates, [], tables)
        wrong, missed = errors(labelled.truth, found.clusters)
        same = [link for link in found.review if labelled.truth[link.record_a] == labelled.truth[link.record_b]]
        settled = Clusters(found.clusters)
        for a, b in [*found.clusters.items(), *((link.record_a, link.record_b) for link in same)]:
            settled.join(a, b)
        after = errors(labelled.truth, settled.named())[1]
        print(
            f"{labelled.name:<26}{len(labelled.truth):>8}{labelled.n_redundant:>10}{wrong:>6}{missed:>7}"
            f"{len(found.review):>6}{after:>13}"
        )


def print_ablation(sets: Sequence[LabelledSet], rules: Rules) -> None:
    """One line for each rule and veto: right and wrong pairs it decides, and the errors where it is taken away."""
    base = [errors(labelled.truth, joined(labelled, automatic(labelled, rules))) for labelled in sets]
    print("\nrule: by set, pairs it decides (right/wrong); records missed more, and merged wrongly less, without it")
    for line in rules.automatic:
        print(f"{line.name:<46}" + "".join(f"{cell:>16}" for cell in _cells(sets, base, rules, line)))
    print("\nveto: by set, records merged wrongly more, and missed less, without it")
    for line in rules.vetoes:
        cells = []
        for labelled, (wrong, missed) in zip(sets, base, strict=True):
            less = errors(labelled.truth, joined(labelled, automatic(labelled, without(rules, line.name))))
            cells.append(f"+{less[0] - wrong} -{missed - less[1]}")
        print(f"{line.name:<46}" + "".join(f"{cell:>16}" for cell in cells))


def _cells(sets: Sequence[LabelledSet], base: Sequence[tuple[int, int]], rules: Rules, line: Rule) -> list[str]:
    place = rules.automatic.index(line)
    cells = []
    for labelled, (wrong, missed) in zip(sets, base, strict=True):
        verdicts = judge(labelled.features, rules)
        decided = (verdicts.decision == AUTOMATIC) & (verdicts.rule == place)
        right = int((decided & labelled.same).sum())
        less = errors(labelled.truth, joined(labelled, automatic(labelled, without(rules, line.name))))
        cells.append(f"{right}/{int(decided.sum()) - right} +{less[1] - missed} -{wrong - less[0]}")
    return cells


def print_leave_one_out(sets: Sequence[LabelledSet], rules: Rules) -> None:
    """One line for each set: the review band by the shipped score, and by one fitted on the other sets."""
    print("\nset: asked and missed after review, by the shipped score; by a score fitted on the other sets")
    for labelled in sets:
        others = [other for other in sets if other is not labelled]
        fitted = _fitted(others, rules)
        least = _threshold(others, rules, fitted)
        shipped = after_review(labelled, judge(labelled.features, rules).decision == REVIEW, rules)
        refitted = after_review(labelled, _asked(labelled, rules, fitted, least), rules)
        print(f"{labelled.name:<26}{shipped[0]:>8}{shipped[1]:>6}{refitted[0]:>10}{refitted[1]:>6}   least {least:.2f}")


def _columns(labelled: LabelledSet, rules: Rules) -> NDArray[np.float64]:
    return np.stack([piece.applies(labelled.features) for piece in rules.evidence], axis=1).astype(np.float64)


def _open(labelled: LabelledSet, rules: Rules) -> NDArray[np.bool_]:
    """Pairs that no automatic rule links and no veto forbids."""
    verdicts = judge(labelled.features, rules)
    forbids = np.array([veto.outcome == NO for veto in rules.vetoes])
    open_: NDArray[np.bool_] = (verdicts.decision != AUTOMATIC) & ~(verdicts.vetoes & forbids).any(axis=1)
    return open_


def _fitted(sets: Sequence[LabelledSet], rules: Rules) -> NDArray[np.float64]:
    """Weights of the evidence, from all pairs that no veto forbids: open ones alone hold too few of one report."""
    keep = [_open(labelled, rules) | (judge(labelled.features, rules).decision == AUTOMATIC) for labelled in sets]
    x = np.concatenate([_columns(labelled, rules)[k] for labelled, k in zip(sets, keep, strict=True)])
    y = np.concatenate([labelled.same[k] for labelled, k in zip(sets, keep, strict=True)])
    x = np.column_stack([np.ones(len(y)), x])
    sign = np.where(y, 1.0, -1.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (x @ weights)
        # A small ridge keeps the weights finite where the pairs can be told apart without error.
        value = float(np.logaddexp(0, -margin).sum() + weights[1:] @ weights[1:] / 2)
        return value, -(x.T @ (sign * expit(-margin))) + np.concatenate([[0.0], weights[1:]])

    weights: NDArray[np.float64] = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return weights


def _asked(labelled: LabelledSet, rules: Rules, fitted: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
    verdicts = judge(labelled.features, rules)
    spoken_for = (verdicts.decision == REVIEW) & (verdicts.rule < len(rules.automatic))
    likely = expit(fitted[0] + _columns(labelled, rules) @ fitted[1:]) >= least
    asked: NDArray[np.bool_] = spoken_for | (_open(labelled, rules) & likely)
    return asked


def _threshold(sets: Sequence[LabelledSet], rules: Rules, fitted: NDArray[np.float64]) -> float:
    """The lowest threshold that asks for no more pairs than allowed in any of the sets."""
    for least in THRESHOLDS.tolist():
        asked = [
            after_review(labelled, _asked(labelled, rules, fitted, least), rules)[0] / len(labelled.truth)
            for labelled in sets
        ]
        if max(asked) <= REVIEW_PER_1000 / 1000:
            return float(least)
    return float(THRESHOLDS[-1])


def main() -> None:
    """Print the three tables for the sets of a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    csv.field_size_limit(sys.maxsize)
    tables = {name: schema_toml("deduplication", f"{name}.toml") for name in TABLES}
    sets = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            labelled = "cluster_id" in next(csv.reader(file), [])
        if labelled:
            sets.append(read_set(path, tables))
    if not sets:
        sys.exit(f"{folder} holds no labelled set: no CSV with a column cluster_id")
    rules = read_tables(tables)[1]
    print_errors(sets, tables)
    print_ablation(sets, rules)
    print_leave_one_out(sets, rules)


if __name__ == "__main__":
    main()
