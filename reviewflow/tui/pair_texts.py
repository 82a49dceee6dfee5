"""Words about pairs: the reason, how far the session is, what a batch holds, and what speaks for and against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from reviewflow.tui.dialog import rows_of
from reviewflow.tui.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.deduplication import Candidate, Explanation
    from reviewflow.tui.judging import Judging
    from reviewflow.workflow.deduplication import Pair

_KEY: Final = 45
"""Characters of a key that are shown, so that each has a line."""

ANSWERS: Final = {True: "the same report", False: "not the same report"}


def name_of(candidate: Candidate) -> str:
    """What a record is called: "r12"."""
    return f"r{candidate.id}"


def reason_of(pair: Pair, said: bool | None, *, postponed: bool) -> Content:  # noqa: FBT001 an answer or none, as it is kept
    """Why the pair is shown, with its score, and what was said on it in this session."""
    words = Content.assemble((printable(pair.link.why), "bold"), f"  score {pair.link.score:.2f}")
    if said is not None:
        return words + Content.assemble("\n", (f"You said: {ANSWERS[said]}.", "bold reverse"))
    return words + Content("\nPut off before.") if postponed else words


def progress_line(judging: Judging, width: int) -> Content:
    """A bar and counts: how many are answered, left and put off."""
    done = judging.judged
    n_answered = done.n_pairs - done.n_left
    full = width * n_answered // max(done.n_pairs, 1)
    counts = [f"{n_answered} answered", f"{done.n_left} left"]
    counts += [f"{len(judging.skipped)} put off"] if judging.skipped else []
    bar = (("━" * full, "$primary"), ("┄" * (width - full), "$faint"))
    return Content.assemble(*bar, "  ", ", ".join(counts))


def batch_text(pairs: Sequence[Pair]) -> Content:
    """Each pair of a batch: its records and score, and the two titles."""
    blocks = []
    for pair in pairs:
        head = Content.styled(f"{name_of(pair.a)} and {name_of(pair.b)}, score {pair.link.score:.2f}", "bold")
        titles = [Content(f"  {printable(each.record.title) or '(no title)'}") for each in (pair.a, pair.b)]
        blocks.append(Content("\n").join([head, *titles]))
    return Content("\n").join(blocks)


def explanation_text(found: Explanation) -> Content:
    """The decision of the rules, the vetoes, and every feature that could be compared."""
    lines = [Content.styled(printable(found.why), "bold"), Content("")]
    about = [("by the rules", found.decision), ("rule", found.rule or "none"), ("score", f"{found.score:.2f}")]
    about += [("veto", veto) for veto in found.vetoes]
    about += [("they belong together", found.relation)] if found.relation else []
    for n, key in enumerate(found.shared_keys):
        about.append(("" if n else "brought together by", printable(f"{key[:_KEY]}..." if len(key) > _KEY else key)))
    evidence = [(name, f"{v:.3g}" if isinstance(v, float) else str(v)) for name, v in found.evidence.items()]
    lines += [*rows_of(about), Content(""), Content("What was compared; similarities are from 0 to 100:")]
    return Content("\n").join([*lines, *rows_of((f"  {name}", printable(value)) for name, value in evidence)])
