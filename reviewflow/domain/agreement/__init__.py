"""How far reviewers agree: chance-corrected coefficients for two raters or more, with their intervals."""

from __future__ import annotations

from reviewflow.domain.agreement.estimate import Estimate
from reviewflow.domain.agreement.many import (
    ManyAgreement,
    brennan_prediger,
    conger_kappa,
    counts_of,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    many_agreement,
    observed_agreement,
)
from reviewflow.domain.agreement.pair import PairAgreement, cohen_kappa, null_standard_error, pair_agreement
from reviewflow.domain.agreement.table import PairTable
from reviewflow.domain.agreement.wording import NOT_STANDARD, band, remarks, sentence

__all__ = [
    "NOT_STANDARD",
    "Estimate",
    "ManyAgreement",
    "PairAgreement",
    "PairTable",
    "band",
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "counts_of",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "many_agreement",
    "null_standard_error",
    "observed_agreement",
    "pair_agreement",
    "remarks",
    "sentence",
]
