"""Measures the stopping rule over simulated screening: the recall that it reaches, and the work that it saves.

    python -m tests.bench.bench_stopping FOLDER [--label COLUMN] [--seeds 1,2,3] [--buscarpy PYTHON]

FOLDER holds one CSV for each labelled set, with the columns record_id, title, abstract and a label of 0 or 1. Each set
is screened in the order of the default model, from the random priors of each seed; the rule is tested after each label.

--buscarpy names the interpreter of an environment with buscarpy, which is made outside of the project. It computes p
at a hundred places of each run, for the largest difference from ours.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewflow.domain.ranking import DEFAULT, Ranker, model_named, priors, screened, text_of
from reviewflow.domain.stopping import first_stop, p_value

RULES: Final = ((0.95, 0.05), (0.95, 0.2), (0.9, 0.05))
"""Target recall, and alpha."""
N_PLACES: Final = 100
PEER: Final = """
import json, sys
from buscarpy import calculate_h0
labels, n, places, target = json.load(sys.stdin)
print(json.dumps([calculate_h0(labels[:at], n, recall_target=target) for at in places]))
"""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where a rule stopped a run.

    Attributes:
        recall: Share of the relevant records that were found by then, priors among them.
        saved: Share of the records that were not screened; 0 where the rule never held.
    """

    recall: float
    saved: float


def labels_of(path: Path, label: str, seed: int) -> list[bool]:
    """The labels of a set in the order in which they are screened, the two priors in front."""
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    relevant = [row[label] == "1" for row in rows]
    known = priors(relevant, seed)
    ranker = Ranker((text_of(row["title"], row["abstract"]) for row in rows), model_named(DEFAULT), seed)
    return [relevant[place] for place in (*known, *screened(ranker, relevant, known))]


def stopped(labels: list[bool], target: float, alpha: float) -> Stopped:
    """Where the rule stops such a run."""
    at = first_stop(labels, len(labels), target, alpha) or len(labels)
    return Stopped(sum(labels[:at]) / sum(labels), 1 - at / len(labels))


def difference(python: str, labels: list[bool], target: float) -> float:
    """The largest difference of p from that of buscarpy; where it says it has none, ours is 0."""
    places = sorted({max(1, round(len(labels) * (n + 1) / N_PLACES)) for n in range(N_PLACES)})
    asked = json.dumps(([int(each) for each in labels], len(labels), places, target))
    said = subprocess.run([python, "-c", PEER], input=asked, check=True, capture_output=True, text=True).stdout
    theirs = (0.0 if p is None or math.isnan(p) else p for p in json.loads(said))
    ours = (p_value(labels[:at], len(labels), target) for at in places)
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))


def main() -> None:
    """Simulate, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--label", default="label_included")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--buscarpy")
    given = parser.parse_args()
    every: dict[tuple[float, float], list[Stopped]] = {rule: [] for rule in RULES}
    furthest = 0.0
    for path in sorted(given.folder.glob("*.csv")):
        for seed in map(int, given.seeds.split(",")):
            labels = labels_of(path, given.label, seed)
            words = []
            for target, alpha in RULES:
                found = stopped(labels, target, alpha)
                every[target, alpha].append(found)
                words.append(f"{target:g}/{alpha:g} {found.recall:.3f} saves {found.saved:.3f}")
                if given.buscarpy:
                    furthest = max(furthest, difference(given.buscarpy, labels, target))
            print(
                f"{path.stem:<34} seed {seed}  {len(labels):>5} records, {sum(labels):>4} relevant: {'; '.join(words)}"
            )
    for (target, alpha), runs in every.items():
        held = sum(run.recall >= target for run in runs)
        mean, worst = sum(run.recall for run in runs) / len(runs), min(run.recall for run in runs)
        saved = sum(run.saved for run in runs) / len(runs)
        print(
            f"target {target:g}, alpha {alpha:g}: recall reached in {held} of {len(runs)} runs, mean {mean:.3f}, "
            f"worst {worst:.3f}; {saved:.3f} of the work saved"
        )
    if given.buscarpy:
        print(f"p differs from buscarpy's by at most {furthest:.1e}")


if __name__ == "__main__":
    main()
