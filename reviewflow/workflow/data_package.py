"""A review as a data package: one CSV for each table, and datapackage.json with what every column holds."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import Stage
from reviewflow.resources import schema_toml
from reviewflow.storage import records, reports, views
from reviewflow.version import __version__
from reviewflow.workflow import report_fields
from reviewflow.workflow.review_contents import named_rows, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.study import Study
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review
    from reviewflow.workflow.review_contents import Contents
    from reviewflow.workflow.synthesis import Synthesis

Row = dict[str, str]


def package_files(review: Review, whole: Contents) -> list[tuple[str, bytes, int]]:
    """The files of the package: (name, content, rows), the description first."""
    dictionary = schema_toml("package", "datapackage.toml")
    with review.reading() as connection:
        homes = reports.members(connection)
        tables: dict[str, list[Row]] = {
            "records": list(_records(connection, homes)),
            "reports": list(_reports(review, connection, homes)),
        }
    tables |= {
        "studies": [_study(whole, study) for study in whole.studies],
        "arms": [
            {"arm_id": f"m{arm.id}", "study_id": f"s{study.id}", "arm": arm.label, "role": arm.role, "n": number(arm.n)}
            for study in whole.studies
            for arm in study.arms
        ],
        "answers": list(_answers(whole)),
        "syntheses": [_synthesis(each) for each in whole.syntheses],
    }
    files = []
    for resource in dictionary["resource"]:
        name = resource["name"]
        header = [field[0] for field in resource["fields"]]
        files.append((f"{name}.csv", named_rows(header, tables[name]).encode(), len(tables[name])))
    described = _described(dictionary, whole.protocol.title, {name: content for name, content, _ in files})
    return [("datapackage.json", described, 0), *files]


def _records(connection: Connection, homes: Mapping[int, Sequence[int]]) -> Iterator[Row]:
    home = {record: report for report, same in homes.items() for record in same}
    for id_, source, record in records.records(connection):
        if id_ in home:
            yield {
                "record_id": f"r{id_}",
                "report_id": f"p{home[id_]}",
                "source": source,
                "title": record.title,
                "authors": "; ".join(record.authors),
                "year": number(record.year),
                "journal": record.journal,
                "doi": record.doi,
                "pmid": record.pmid,
            }


def _reports(review: Review, connection: Connection, homes: Mapping[int, Sequence[int]]) -> Iterator[Row]:
    """Every report, with where it stands in the eyes of nobody in particular."""
    protocol = review.protocol
    seen = {view.id: view for view in views.report_views(connection, views.viewer(protocol, ""), Stage.FULL_TEXT)}
    for report, surviving in report_fields.each_shown(connection, homes):
        view = seen[report]
        first, second = report_outcome(view.title_abstract, view.full_text, protocol.rules)
        yield {
            "report_id": f"p{report}",
            "n_records": number(len(homes[report])),
            "title": surviving.record.title,
            "year": number(surviving.record.year),
            "title_abstract": "removed" if view.removed else str(first.state),
            "full_text": str(second.state) if second and not view.removed else "",
            "reason": (second.reason or "") if second and not view.removed else "",
        }


def _study(whole: Contents, study: Study) -> Row:
    primary = whole.primary.get(study.id)
    further = [f"p{report}" for report in sorted(whole.linked[study.id]) if report != primary]
    return {
        "study_id": f"s{study.id}",
        "study": study.label,
        "design": study.design,
        "country": study.country,
        "primary_report": f"p{primary}" if primary else "",
        "further_reports": "; ".join(further),
        "note": study.note,
    }


def _answers(whole: Contents) -> Iterator[Row]:
    """Every answered cell of an included study; a value on which the extractors differ is left empty."""
    included = {study.id for study in whole.studies}
    for each in whole.agreed.values():
        answer = each.answer
        if answer.study in included:
            yield {
                "answer_id": f"a{answer.id}",
                "study_id": f"s{answer.study}",
                "arm_id": f"m{answer.arm}" if answer.arm else "",
                "endpoint": answer.endpoint,
                "timepoint": answer.timepoint,
                "field": answer.field,
                "value": "" if each.differ else answer.value,
                "denominator": answer.denominator,
                "status": "" if each.differ else str(answer.status),
                "source": answer.source,
                "note": answer.note,
                "differ": "; ".join(each.differ),
            }


def _synthesis(each: Synthesis) -> Row:
    plan, result = each.plan, each.result
    row = {"synthesis": plan.name, "endpoint": plan.endpoint, "measure": plan.measure, "refused": each.refusal}
    if result is None:
        return row
    shown = result.display
    return {
        **row,
        "model": result.model_words,
        "k": number(result.k),
        **{name: _plain(shown[name]) for name in ("estimate", "ci_lower", "ci_upper")},
        "p_value": number(result.summary.p_value),
        "tau2": number(result.tau2),
        "i2": number(result.i2),
        "q": number(result.q),
        "q_p": number(result.q_p),
        "answers": "; ".join(f"a{id_}" for id_ in each.gathered.answers),
    }


def _plain(value: object) -> str:
    return number(value) if isinstance(value, int | float) else ""


def _described(dictionary: Mapping[str, Any], title: str, contents: Mapping[str, bytes]) -> bytes:
    """datapackage.json.

    Source:
        The specification of data packages and table schemas, version 1: specs.frictionlessdata.io.
    """
    package = {
        "profile": "tabular-data-package",
        "name": slug(title),
        "title": title,
        "description": dictionary["title"],
        "contributors": [{"title": f"reviewflow {__version__}", "role": "wrangler"}],
        "resources": [_resource(each, contents[f"{each['name']}.csv"]) for each in dictionary["resource"]],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def _resource(resource: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    table: dict[str, Any] = {
        "fields": [{"name": name, "type": kind, "description": words} for name, kind, words in resource["fields"]],
        "primaryKey": resource["primary"],
        "missingValues": [""],
    }
    foreign = []
    for field, target in resource.get("foreign", {}).items():
        of, _, column = target.partition(".")
        foreign.append({"fields": field, "reference": {"resource": of, "fields": column}})
    if foreign:
        table["foreignKeys"] = foreign
    return {
        "name": resource["name"],
        "path": f"{resource['name']}.csv",
        "title": resource["title"],
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": table,
    }


def slug(text: str) -> str:
    """A name in small letters, digits and hyphens, of at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:60].strip("-") or "review"
