from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, get_args
from xml.etree import ElementTree as ET

import pytest

from reviewflow.domain.flow.counts import TEMPLATES, FlowCounts
from reviewflow.domain.flow.diagram import Diagram, boxes, template_file
from reviewflow.figures.drawing import Format
from reviewflow.figures.flow import draw_flow
from reviewflow.figures.flow_layout import A4, MARGIN, Rect, lay_out
from reviewflow.figures.text import text_width
from reviewflow.resources import schema_toml
from tests.flow.made_counts import ALL_ROUTES

if TYPE_CHECKING:
    from pathlib import Path

FEW = replace(
    ALL_ROUTES,
    dbr_excluded={"wrong population": 250},
    other_sought_reports=7,
    other_notretrieved_reports=0,
    total_studies_ma=12,
)
REASONS: dict[str, int | None] = {
    f"reason {i}: participants were adults, or could not be told apart": i for i in range(15)
}
MANY = replace(
    FEW,
    title="Blinatumomab in children with relapsed or refractory B-cell acute lymphoblastic leukaemia",
    database_specific_results={
        "MEDLINE ALL via Ovid (1946 to 15 July 2022)": 135,
        "Embase Classic + Embase via Ovid (1947 to 15 July 2022)": 485,
        "Cochrane_Central_Register_of_Controlled_Trials_and_Database_of_Systematic_Reviews": 226,
    },
    dbr_excluded=REASONS,
    other_excluded=REASONS,
    open_undecided=3,
)
NOTE = "Reconstruction: only the totals are the paper's"
DRAWN = ("2009", *TEMPLATES)


def diagram(template: str, counts: FlowCounts) -> Diagram:
    counts = replace(counts, template="new-v1" if template == "2009" else template)
    edition: Any = "2009" if template == "2009" else "2020"
    return boxes(counts, schema_toml("flow", template_file(counts.template, edition)), edition, NOTE)


def drawn(diagram: Diagram, form: Format) -> bytes:
    stream = BytesIO()
    draw_flow(diagram, stream, format=form)
    return stream.getvalue()


def texts(svg: bytes) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing, not a stranger's
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


@pytest.mark.parametrize("template", DRAWN)
@pytest.mark.parametrize("counts", [FEW, MANY])
def test_nothing_overlaps_and_nothing_is_cut_off(template: str, counts: FlowCounts) -> None:
    layout = lay_out(diagram(template, counts))
    page = Rect(MARGIN, MARGIN, layout.width - 2 * MARGIN, layout.height - 2 * MARGIN)
    placed = [layout.title, layout.foot, *layout.columns.values(), *layout.boxes.values()]
    rects = [lines.rect for lines in placed if lines.lines] + list(layout.bands.values())
    assert not [pair for pair in combinations(rects, 2) if overlap(*pair)]
    for rect in rects:
        assert page.x - 1e-6 <= rect.x
        assert rect.right <= page.right + 1e-6
        assert page.y - 1e-6 <= rect.y
        assert rect.bottom <= page.bottom + 1e-6


@pytest.mark.parametrize("template", DRAWN)
@pytest.mark.parametrize("counts", [FEW, MANY])
def test_every_line_fits_its_box(template: str, counts: FlowCounts) -> None:
    layout = lay_out(diagram(template, counts))
    for lines in layout.boxes.values():
        assert len(lines.lines) * layout.leading <= lines.rect.height
        for indent, words in lines.lines:
            assert indent + text_width(words, layout.size) <= lines.rect.width - 2 * layout.pad + 1e-6


@pytest.mark.parametrize("template", DRAWN)
@pytest.mark.parametrize("counts", [FEW, MANY])
def test_arrows_are_level_or_upright_and_cross_no_box(template: str, counts: FlowCounts) -> None:
    layout = lay_out(diagram(template, counts))
    for path in layout.arrows:
        for (x0, y0), (x1, y1) in pairwise(path):
            assert abs(x0 - x1) < 1e-6 or abs(y0 - y1) < 1e-6
            left, top = min(x0, x1) + 0.1, min(y0, y1) + 0.1
            leg = Rect(left, top, max(abs(x1 - x0) - 0.2, 0), max(abs(y1 - y0) - 0.2, 0))
            assert not [key for key, lines in layout.boxes.items() if overlap(leg, lines.rect)]


@pytest.mark.parametrize("template", DRAWN)
def test_even_long_lists_of_reasons_fit_a_page_of_a4(template: str) -> None:
    layout = lay_out(diagram(template, MANY))
    assert (layout.width, layout.height) <= A4 or (layout.height, layout.width) <= A4


def test_print_is_large_where_there_is_room() -> None:
    assert lay_out(diagram("new-v1", FEW)).size == 9.5


@pytest.mark.parametrize("template", DRAWN)
def test_the_svg_says_every_line_of_every_box_as_text(template: str) -> None:
    full = diagram(template, MANY)
    said = "".join("".join(texts(drawn(full, "svg"))).split())
    for line in (line for box in full.boxes for line in box.lines):
        assert "".join(line.words.split()) in said
    for words in (*(band.text for band in full.bands), *(column.text for column in full.columns), NOTE, full.title):
        assert "".join(words.split()) in said


def test_the_seed_stands_in_the_svg() -> None:
    said = texts(drawn(diagram("new-v1", FEW), "svg"))
    assert {"PubMed (n = 135)", "Records screened (n = 523)", "Records excluded (n = 261)"} <= set(said)
    assert "DRAFT" not in said


def test_a_draft_is_stamped_and_says_what_is_open() -> None:
    said = texts(drawn(diagram("2009", replace(FEW, open_undecided=3, open_conflicts=2)), "svg"))
    assert {"DRAFT", "DRAFT: 3 undecided, 2 in conflict"} <= set(said)


@pytest.mark.parametrize("form", get_args(Format))
def test_the_same_diagram_gives_the_same_bytes(form: Format) -> None:
    assert drawn(diagram("updated-v2", MANY), form) == drawn(diagram("updated-v2", MANY), form)


@pytest.mark.parametrize(("form", "magic"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_each_format_is_written_to_a_path(tmp_path: Path, form: Format, magic: bytes) -> None:
    target = tmp_path / f"flow.{form}"
    draw_flow(diagram("new-v1", FEW), target, format=form)
    assert target.read_bytes().startswith(magic)


def test_labels_are_drawn_as_they_are_even_with_signs_of_mathematics_or_another_script() -> None:
    counts = replace(FEW, dbr_excluded={"cost $5 & <more> $10_a^b": 200, "中国知网 重复发表": 50})
    said = texts(drawn(diagram("new-v1", counts), "svg"))
    assert "cost $5 & <more> $10_a^b (n = 200)" in said
    assert "中国知网 重复发表 (n = 50)" in said
    signs = diagram("new-v1", replace(FEW, dbr_excluded={"cost $5 & <more> $10_a^b": 250}))
    assert drawn(signs, "png")
    assert drawn(signs, "pdf")


def test_a_page_is_not_stretched_to_its_label() -> None:
    wide, narrow = text_width("MMMM", 10), text_width("iiii", 10)
    assert wide > 2 * narrow
    assert text_width("MMMM", 20) == pytest.approx(2 * wide)
    assert text_width("中文", 10) == pytest.approx(20)
    assert text_width("bold", 10, bold=True) > text_width("bold", 10)


def test_drawing_touches_no_global_state_of_matplotlib() -> None:
    program = (
        "import sys, matplotlib\n"
        "keys = ('svg.fonttype', 'svg.hashsalt', 'pdf.fonttype')\n"
        "before = [matplotlib.rcParams[key] for key in keys]\n"
        "from io import BytesIO\n"
        "from reviewflow.domain.flow.counts import FlowCounts\n"
        "from reviewflow.domain.flow.diagram import boxes\n"
        "from reviewflow.figures.flow import draw_flow\n"
        "from reviewflow.resources import schema_toml\n"
        "draw_flow(boxes(FlowCounts(new_studies=1), schema_toml('flow', 'new-v1.toml')), BytesIO(), format='svg')\n"
        "assert [matplotlib.rcParams[key] for key in keys] == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
