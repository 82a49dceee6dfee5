"""Agreement in words: bands, what to beware of, and the sentence for the text of the review."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from reviewflow.domain.pooling.wording import rounded

if TYPE_CHECKING:
    from reviewflow.domain.agreement.estimate import Estimate
    from reviewflow.domain.agreement.pair import PairAgreement

NOT_STANDARD = (
    "The Cochrane Handbook (5.1, 7.2.6) does not recommend kappa as standard: it is for piloting, and the reasons for "
    "disagreement matter more."
)
_BANDS = (("0.75", "excellent"), ("0.60", "good"), ("0.40", "fair"))


def band(kappa: float) -> str:
    """What a kappa is called: fair from .40, good from .60, excellent from .75; at two decimals, as the bands are.

    Source:
        Orwin 1994, as cited in the Cochrane Handbook 5.1, 7.2.6.
    """
    shown = Decimal(repr(float(kappa))).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return next((word for least, word in _BANDS if shown >= Decimal(least)), "less than fair")


def with_ci(estimate: Estimate) -> str:
    """A coefficient with its interval: "0.67 (95 % CI 0.42 to 0.91)"; why, where either is missing."""
    text = rounded(estimate.value)
    if estimate.ci is None:
        return f"{text} ({'not defined' if estimate.value is None else 'no interval'}: {estimate.why})"
    low, high = estimate.ci
    return f"{text} (95 % CI {rounded(low)} to {rounded(high)})"


def sentence(agreement: PairAgreement, subjects: str) -> str:
    """For the methods or results: "Two reviewers agreed on 478 of 523 records (91.4 %; Cohen's kappa 0.80, ...)".

    Args:
        agreement: Of the two.
        subjects: What they screened, in the plural: "records", "reports".
    """
    observed, kappa = agreement.observed, agreement.kappa
    if observed.value is None:
        return f"No {subjects} were screened by both reviewers."
    share = f"{rounded(100 * observed.value, 1)} %"
    if kappa.value is None:
        beside = "Cohen's kappa is not defined, since all votes were the same"
    else:
        ci = f", 95 % CI {rounded(kappa.ci[0])} to {rounded(kappa.ci[1])}" if kappa.ci else ""
        beside = f"Cohen's kappa {rounded(kappa.value)}{ci}"
    table = agreement.table
    return f"Two reviewers agreed on {table.n_agreed} of {table.n} {subjects} ({share}; {beside})."


def remarks(agreement: PairAgreement) -> list[str]:
    """What to beware of when these coefficients are read."""
    found = []
    kappa, pabak = agreement.kappa.value, agreement.pabak.value
    prevalence, bias = agreement.prevalence_index, agreement.bias_index
    gap = 0.0 if kappa is None or pabak is None else pabak - kappa
    if gap >= 0.2 and prevalence is not None and abs(prevalence) >= 0.4:
        found.append(
            "Kappa is low for how often they agree, because one verdict prevails "
            f"(prevalence index {rounded(prevalence)}): read PABAK and AC1 beside it."
        )
    if bias is not None and abs(bias) >= 0.1:
        who = "first" if bias > 0 else "second"
        found.append(
            f"The {who} reviewer says {agreement.table.categories[0]} more often (bias index {rounded(bias)})."
        )
    if 0 < agreement.table.n < 30:
        found.append("Fewer than 30 were screened by both: the interval is a rough guide.")
    return found
