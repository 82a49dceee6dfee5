"""Reads search exports in the formats that databases and reference managers write, and writes records in them."""

from __future__ import annotations

from reviewflow.formats.canonical import canonical
from reviewflow.formats.check import check_file, no_record
from reviewflow.formats.export import Export, open_export
from reviewflow.formats.registry import READERS, WRITERS, writer
from reviewflow.formats.source import Leftover
from reviewflow.formats.write_ris import write_ris

__all__ = [
    "READERS",
    "WRITERS",
    "Export",
    "Leftover",
    "canonical",
    "check_file",
    "no_record",
    "open_export",
    "write_ris",
    "writer",
]
