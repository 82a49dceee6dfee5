"""What the pages tell to type is typed as the commands take it, also where it is not run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from docs import pages
from reviewflow.formats.registry import READERS

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
OPTIONS = {path[1:]: {name for each in command.params for name in each.opts} for path, command in pages.every_command()}
PAGES = sorted(HOW_TO.glob("*.md"))


def typed(page: Path) -> list[list[str]]:
    """The commands in the blocks of a page that are shown and not run, in words."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("reviewflow ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_command_that_is_shown_has_the_options_that_it_is_shown_with(page: Path) -> None:
    for words in typed(page):
        options = OPTIONS.get(tuple(words[:2]), OPTIONS.get(tuple(words[:1])))
        assert options is not None, words
        assert [word for word in words if word.startswith("--") and word not in options] == []


@pytest.mark.parametrize("page", sorted(HOW_TO.glob("export-from-*.md")), ids=lambda page: page.stem)
def test_a_page_on_an_export_says_how_to_import_it_and_links_the_map_of_its_format(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.stem != "export-from-other-sites":
        assert re.search(r"\(\.\./reference/formats/\w+\.md\)", text)
    imports = [words for words in typed(page) if words[0] == "import"]
    assert imports
    assert [words for words in imports if not {"--source", "--search"} & set(words)] == []
    assert "--check --expect 1\n" in text


def test_every_format_that_is_read_is_named_where_exports_are_chosen() -> None:
    text = (HOW_TO / "import-search-exports.md").read_text(encoding="utf-8")
    chosen = text.partition("```{toctree}")[0]
    # PubMed's XML is what Entrez gives; the site itself offers it no more.
    assert [name for name in READERS if f"`{name}`" not in chosen] == ["pubmed_xml"]
