"""Files that hold no records are refused in words that say what they are."""

from __future__ import annotations

import pytest

from reviewflow.errors import InputError
from reviewflow.formats import open_export


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "blank"),
        (b"\n\n  \n", "blank"),
        (b"<!DOCTYPE html><html><body>Session expired</body></html>", "web page"),
        (b'<?xml version="1.0"?>\n<html xmlns="x"><body/></html>', "web page"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"PK\x03\x04\x14\x00", "zip"),
        (bytes(range(256)) * 4, "binary"),
        (b"Dear colleague,\nplease find the records.\n", "Dear colleague"),
        (b"<eSearchResult><Count>0</Count></eSearchResult>", "eSearchResult"),
        (b'{"error":"API rate limit exceeded"}', "JSON"),
        (b"TY  - \xff\xfe\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06", "binary"),
    ],
)
def test_what_is_no_search_export_is_named(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        open_export(content, "download")
    assert caught.value.remedy
    assert caught.value.exit_code == 3
