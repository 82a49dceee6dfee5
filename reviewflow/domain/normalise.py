"""Turns what search exports write into what records hold: identifiers, years, pages, names and plain text."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,6}/[^\s\"]+", re.ASCII)
# The address of a page of CENTRAL holds its own number for the record, in the shape of a DOI that nobody registered.
_PAGE_OF_CENTRAL = "10.1002/central/cn-"
_DOI_IN_TEXT = re.compile(
    r"(?:doi(?:\.org)?\s*[:=/]\s*|doi\s+|^|(?<=/))(10\.\d{4,9}(?:\.\d{1,9}){0,6}/[^\s\"&?#;,]+)", re.IGNORECASE
)
_FILE_ENDING = re.compile(r"\.(?:pdf|epdf|html?|full|abstract|xml)$|/(?:full|abstract|pdf|epdf|meta|html)$")
_PLAIN_DOI = re.compile(r"10\.\d{4,9}/[a-zA-Z0-9._/()-]*[a-zA-Z0-9]")
_PMID = re.compile(r"(?<![\w./-])(\d{1,8})(?![\w./-]|\.\d)")
_PMID_NAMED = re.compile(
    r"(?:pubmed|medline|pmid|/pubmed/|pubmed\.ncbi\.nlm\.nih\.gov)[\s:/]*(\d{1,8})(?!\d)", re.IGNORECASE
)
_PMID_TOLD = re.compile(
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/|\bid=pmid:|\bPMID\b\W{0,3}(?:NLM)?|^MEDLINE:)(\d{1,8})(?!\w)",
    re.IGNORECASE,
)
_PMCID = re.compile(r"PMC\s?(\d{3,9})", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)")
_PAGES = re.compile(r"([A-Za-z]{0,3})(\d+)([A-Za-z]?)\s*-+\s*([A-Za-z]{0,3})(\d+)([A-Za-z]?)")
_NOT_PAGES = re.compile(r"(?:No|Specified|No[- ]Specified|No Pagination|n/?a|null|-+)\.?", re.IGNORECASE)
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_ISSN = re.compile(r"(?<![\d-])(\d{4})[-\u2013]?(\d{3}[\dXx])(?![\dXx-])")
_ISBN = re.compile(r"(?<![\d-])(?:97[89][- ]?(?:\d[- ]?){9}\d|(?:\d[- ]?){9}[\dXx])(?![\d-])")
_REGISTRY = re.compile(
    r"""\b(?:NCT\s?\d{8}|ISRCTN\s?\d{8}|EUCTR\d{4}-\d{6}-\d{2}(?:-[A-Z]{2})?|ACTRN\d{14}|ChiCTR[-A-Za-z]{0,12}-?\d{6,12}
    |UMIN\d{9}|JPRN-[A-Za-z]+\d+|jRCTs?\d{9,10}|DRKS\d{8}|CTRI/\d{4}/\d{2,3}/\d{5,6}|IRCT\d{10,}N\d+|NTR\d{2,5}|NL-OMON\d+
    |PACTR\d{15,16}|KCT\d{7}|RBR-[0-9a-z]{6,8}|SLCTR/\d{4}/\d{3}|TCTR\d{11}|LBCTR\d{10}|PER-\d{3}-\d{2}|U1111-\d{4}-\d{4}
    |20\d{2}-\d{6}-\d{2}(?:-\d{2})?)\b""",
    re.VERBOSE,
)
# Not "\d{2}": only this way does the search skip, without a match at each place, to where a digit stands.
_NUMBER_RUN = re.compile(r"\d\d")
_MARKUP = re.compile(
    r"</?(?:jats:[a-z-]+|mml:[a-z]+|xref|sec|title|italic|bold|underline|sc|i|b|u|em|strong|sub|sup|inf|small|p|div|span|br|ul|ol|li|h[1-6]"
    r"|math|mi|mn|mo|mrow|msub|msup|mtext|tex-math|inline-formula|a|font|abstracttext|label|list|list-item)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_LABEL = re.compile(r"<AbstractText\b[^<>]{0,200}\bLabel=\"([^\"<>]+)\"[^<>]*>", re.IGNORECASE)
_BREAK = re.compile(r"</?(?:jats:p|jats:title|jats:sec|p|div|br|li|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INITIALS = re.compile(r"(?:[A-Z\u00c0-\u00de]\.?[- ]?){1,5}")
_GROUP = re.compile(
    r"\b(?:groups?|grp|collaborati\w+|collaborators|consortium|organi[sz]ation|study|trials?|committee|society|university|institutes?|association"
    r"|network|investigators|team|cent(?:er|re)|foundation|ministry|department|agency|council|programme|initiative|the|of|for|and)\b",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    [
        "al",
        "bin",
        "da",
        "das",
        "de",
        "del",
        "den",
        "der",
        "di",
        "dos",
        "du",
        "el",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "von",
        "zu",
    ]
)
_NAME_MARKS = re.compile(r"\s+(?:\[[^\]]{0,80}\]|[\d*+]{1,20})(?:[\s,]{1,9}(?:\[[^\]]{0,80}\]|[\d*+]{1,20})){0,9}$")
_GLUED = re.compile(r"(?<=\.)(?=[A-Z][a-z]{2,})")
_AND_OTHERS = re.compile(
    r"(?:^|(?<![\s,;])[\s,;]+)(?:(?:et|&)\.?\s+al(?:ii|ia)?\.?|and(?:\s+others)?)[\s,;.]*$", re.IGNORECASE
)
# Ovid's full texts: "Verbeek, Jan MD, PhD". Behind initials these letters may be initials, too: "Smith, JMD".
_DEGREE = (
    r"(?:M\.?D|Ph\.?D|R\.?N|MPH|M\.?Sc|B\.?Sc|FAAN|DrPH|PharmD|MBBS|MBChB|DPhil|EdD|FRCP|FACP|FACS|MSN|DNP|DDS|MBA)\.?"
)
_DEGREES_ONLY = re.compile(rf"{_DEGREE}(?:[\s,]+{_DEGREE})*")
_DEGREES_BEHIND = re.compile(rf"(?<=[a-z]{{2}})(?:[\s,]+{_DEGREE}){{1,9}}$")
# A list that is cut off ends within a text: it is taken to be the last.
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*+)(?:'|\\?\Z)|\"((?:[^\"\\]|\\.)*+)(?:\"|\\?\Z)")


def normalise_doi(text: str) -> str:
    """The DOI that a field for DOIs holds, in lower case and without a resolver; "" where there is none."""
    if _PLAIN_DOI.fullmatch(text):
        return _article(text.lower())
    text = _unescaped(text)
    if "%2f" in text.lower():
        text = unquote(text)
    found = _DOI.search(text)
    return _trimmed(found.group()) if found else ""


def doi_in_text(text: str) -> str:
    """The first DOI in a link or a note that says that it is one; "" where there is none."""
    if "10." not in text:
        return ""
    found = _DOI_IN_TEXT.search(unquote(text) if "%" in text else text)
    return _FILE_ENDING.sub("", _trimmed(found.group(1))) if found else ""


def _trimmed(doi: str) -> str:
    doi = doi.rstrip(".,;:'\u201d\u2019>]}")
    end, n_unopened = len(doi), doi.count(")") - doi.count("(")
    while n_unopened > 0 and doi[end - 1] == ")":
        end, n_unopened = end - 1, n_unopened - 1
        while doi[end - 1] in ".,;":
            end -= 1
    return _article(doi[:end].lower())


def _article(doi: str) -> str:
    """The DOI, "" where it only looks like one."""
    return "" if doi.startswith(_PAGE_OF_CENTRAL) else doi


def normalise_pmid(text: str) -> str:
    """The PubMed number in a field that holds one, digits only; "" where there is none."""
    if text.isdecimal() and text.isascii():
        return text.lstrip("0") if len(text) <= 8 else ""
    found = _PMID_NAMED.search(text) or _PMID.search(text.replace("[pmid]", ""))
    return found.group(1).lstrip("0") if found else ""


def pmids_in_text(text: str) -> tuple[str, ...]:
    """The PubMed numbers in a link or a note that says that they are such, each once, in order."""
    small = text.lower()
    if small.isascii() and "pubmed" not in small and "pmid" not in small and not small.startswith("medline:"):
        return ()
    return tuple(dict.fromkeys(number.lstrip("0") for number in _PMID_TOLD.findall(text)))


def normalise_pmcid(text: str) -> str:
    """The PubMed Central number as "PMC" and digits; "" where there is none."""
    found = _PMCID.search(text)
    return "PMC" + found.group(1) if found else ""


def year_from_text(text: str) -> int | None:
    """The first year from 1500 to 2099 in a date that may be written in any way; None where there is none."""
    found = _YEAR.search(text) or _COMPACT_DATE.search(text)
    return int(found.group(1)) if found else None


def expand_pages(text: str) -> str:
    """Page numbers with a plain hyphen and a whole last page: "843-54" gives "843-854", "S12-5" gives "S12-S15"."""
    first, dash, last = text.partition("-")
    if first.isdecimal() and (last.isdecimal() or not dash):
        return _range(first, last) if dash else text
    text = (text if text.isascii() else text.translate(_DASHES)).strip(" .,;")
    if text[:2].lower() in {"p.", "pp", "p "}:
        text = text.lstrip("pP. ")
    if _NOT_PAGES.fullmatch(text):
        return ""
    found = _PAGES.fullmatch(text)
    if not found:
        return text
    before, first, after, last_before, last, last_after = found.groups()
    if not last_before and not before and not after and not last_after:
        return _range(first, last)
    if not last_before or last_before == before:
        if len(last) < len(first):
            last = first[: len(first) - len(last)] + last
        last_before = before
    begin, end = before + first + after, last_before + last + last_after
    return begin if begin == end else f"{begin}-{end}"


def _range(first: str, last: str) -> str:
    whole = first[: len(first) - len(last)] + last if len(last) < len(first) else last
    return first if first == whole else f"{first}-{whole}"


def join_pages(first: str, last: str) -> str:
    """Pages from a field for the first page and one for the last, either of which may be missing or hold the range."""
    first, last = first.strip(), last.strip()
    if not last or first == last or "-" in first.translate(_DASHES):
        return expand_pages(first)
    if not first:
        return expand_pages(last)
    return expand_pages(f"{first}-{last}")


def issns(text: str) -> tuple[str, ...]:
    """Every ISSN in a text as "1234-567X", each once, in order."""
    return tuple(dict.fromkeys(f"{a}-{b.upper()}" for a, b in _ISSN.findall(text)))


def isbn(text: str) -> str:
    """The first ISBN in a text, without hyphens; "" where there is none."""
    found = _ISBN.search(text)
    return found.group().replace("-", "").replace(" ", "").upper() if found else ""


def registry_ids(*texts: str) -> tuple[str, ...]:
    """Trial numbers of the registers of the WHO's network in the texts, each once, in order."""
    numbered = [text for text in texts if text and _NUMBER_RUN.search(text)]
    if not numbered:
        return ()
    found = [number for text in numbered for number in _REGISTRY.findall(text)]
    if not found:
        return ()
    return tuple(dict.fromkeys(number.replace(" ", "") for number in found))


def without_markup(text: str) -> str:
    """The text with HTML entities resolved and the tags of HTML and JATS taken out; "p < 0.05" stays."""
    if "&" in text and _ENTITY.search(text):
        # Exports escape twice ("&amp;lt;i&amp;gt;"); a third time has not been seen.
        text = _unescaped(_unescaped(text)) if "&amp;" in text else _unescaped(text)
    if "<" in text:
        text = _LABEL.sub(r"\n\1: ", text)
        text = _MARKUP.sub("", _BREAK.sub("\n", text))
    return text


def _unescaped(text: str) -> str:
    """The text with HTML entities resolved."""
    try:
        return unescape(text)
    except ValueError:  # a "number" of thousands of digits, which is none
        return _ENTITY.sub(lambda found: unescape(found.group()), text)


def clean_line(text: str) -> str:
    """A text on one line: without markup, blanks collapsed."""
    if "<" in text or "&" in text:
        text = without_markup(text)
    return _collapsed(text.replace("\n", " "))


def clean_abstract(text: str) -> str:
    """An abstract without markup, its paragraphs on lines of their own."""
    if "<" in text or "&" in text:
        text = without_markup(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _collapsed(text) if "\n" not in text else "\n".join(filter(None, map(_collapsed, text.split("\n"))))


def _collapsed(text: str) -> str:
    """The words of a text with one blank between two."""
    # Every blank but " " is no printable character: to see that nothing needs collapsing takes half the time of it.
    return text.strip(" ") if "  " not in text and text.isprintable() else " ".join(text.split())


def author_name(name: str) -> str:
    """A name as "Family, Given"; that of a group as it is, and so what ends with its only comma, as RIS marks one."""
    if _is_plain_name(name):
        return name
    small = name.lower()
    if "al" in small or "and" in small:
        name = _AND_OTHERS.sub("", name)
    is_group = name.count(",") == 1 and name.rstrip().endswith(",")
    name = " ".join(name.split()).strip(" ;,")
    if is_group:
        return name
    if name and not (name[-1].isalpha() or name[-1] == "."):
        # Ovid marks inventors and addresses behind a name: "Rossi, Anna [Inventor]", "Rossi, Anna 1", "Rossi, Anna *".
        name = _NAME_MARKS.sub("", name)
    if _DEGREES_ONLY.fullmatch(name):
        return ""
    family, comma, given = name.partition(",")
    if comma:
        given = given.strip()
        if " " in given or "," in given:
            given = _DEGREES_BEHIND.sub("", given)
        return f"{family.strip()}, {given}" if given and given != "null" else family.strip()
    words = name.split(" ")
    if len(words) == 1 or _GROUP.search(name):
        return name
    return _turned(words)


def _is_plain_name(name: str) -> bool:
    """Whether a name is written "Family, Given" in one word each, as most are, so that nothing is to be done."""
    family, comma, given = name.partition(", ")
    return (
        comma != ""
        and family.isalpha()
        and given.replace(".", "").isalpha()
        and not given.lower().startswith(("and", "null"))
        and not _DEGREES_ONLY.fullmatch(name)
    )


def _turned(words: list[str]) -> str:
    """A name without a comma: initials at the end follow the family name, otherwise the family name comes last."""
    n_initials = 0
    while (
        n_initials < len(words) - 1 and _INITIALS.fullmatch(words[-1 - n_initials]) and len(words[-1 - n_initials]) <= 6
    ):
        n_initials += 1
    if n_initials:
        return f"{' '.join(words[:-n_initials])}, {' '.join(words[-n_initials:])}"
    at = len(words) - 1
    while at > 1 and words[at - 1].lower() in _PARTICLES:
        at -= 1
    return f"{' '.join(words[at:])}, {' '.join(words[:at])}"


def split_authors(text: str) -> tuple[str, ...]:
    """The names in a field that holds all authors, however it separates them."""
    text = text.strip() if " and " not in text and "\n and" not in text else " ".join(text.split())
    if text.startswith("[") and text.endswith("]"):
        return tuple(filter(None, map(author_name, split_list(text))))
    return tuple(filter(None, map(author_name, _names(text))))


def split_list(text: str) -> list[str]:
    """The texts in a list as Python prints it: "['Marx, Karl', 'Lindgren, Astrid']"."""
    return [single or double for single, double in _QUOTED.findall(text.removesuffix("]"))]


def _names(text: str) -> list[str]:
    for separator in (";", "|", "\n", " and "):
        if separator in text:
            return [
                name for part in text.split(separator) for name in (part.split(" and ") if separator == ";" else [part])
            ]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    # "Smith A, Walter B" is two people, "Smith, Anna" and "van der Berg, Anna" are one.
    if len(parts) > 1 and (len(parts) > 2 or _ends_with_initials(parts[0])) and all(" " in part for part in parts[:2]):
        return parts
    return _GLUED.split(text) if len(parts) <= 1 else [text]


def _ends_with_initials(name: str) -> bool:
    last = name.rsplit(" ", 1)[-1]
    return len(last) <= 5 and bool(_INITIALS.fullmatch(last))
