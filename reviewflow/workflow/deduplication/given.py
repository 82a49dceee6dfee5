"""What deduplication is given: the records of a review, and the rules, vetoes and words that it obeys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reviewflow.domain.deduplication import TABLES, Candidate, under
from reviewflow.resources import schema_toml
from reviewflow.storage import records
from reviewflow.storage.blobs import sha256_of
from reviewflow.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reviewflow.storage.engine import Connection


def rule_tables(policies: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The rules, vetoes and words that deduplication obeys, under the policies of a protocol."""
    return under({name: schema_toml("deduplication", f"{name}.toml") for name in TABLES}, policies)


def digest_of(rules: Mapping[str, Any]) -> str:
    """What changes when other rules, or another program, would compare records otherwise."""
    return sha256_of(json.dumps([__version__, rules], sort_keys=True, default=str).encode())


def candidates(connection: Connection, ids: Iterable[int] | None = None) -> Iterator[Candidate]:
    """Records of the review, one after the other: all of them, or those asked for."""
    return (Candidate(id_, record, source) for id_, source, record in records.records(connection, ids))
