"""The counts that the tests of the flow start from."""

from __future__ import annotations

from dataclasses import replace

from reviewflow.domain.flow.counts import FlowCounts

DATABASES = FlowCounts(
    database_results=846,
    database_specific_results={"PubMed": 135, "Embase": 485, "Web of Science": 199, "Cochrane Library": 27},
    register_results=0,
    duplicates=323,
    excluded_automatic=0,
    excluded_other=0,
    records_screened=523,
    records_excluded=261,
    dbr_sought_reports=262,
    dbr_notretrieved_reports=0,
    dbr_assessed=262,
    dbr_excluded={"wrong population": 120, "review or meta-analysis": 60, "case report": 70},
    new_studies=12,
    new_reports=12,
)
"""A new review of databases alone; its counts add up."""

ALL_ROUTES = replace(
    DATABASES,
    previous_studies=20,
    previous_reports=25,
    website_results=1,
    organisation_results=0,
    citations_results=6,
    other_sought_reports=8,
    other_notretrieved_reports=1,
    other_assessed=7,
    other_excluded={"wrong population": 4},
    new_reports=15,
    total_studies=32,
    total_reports=40,
)
"""An update of a review in which other routes than databases were searched, too."""
