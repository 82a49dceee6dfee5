"""The options that draw figures of a pooled result, and their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.session import read_text
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling import Pooled
    from reviewflow.workflow.pool_figures import Figure, Look

Forest = Annotated[Path | None, typer.Option(help="Draw the forest plot: .svg, .pdf or .png.")]
LeaveOneOut = Annotated[Path | None, typer.Option(metavar="OUT", help="Draw the results without each study in turn.")]
Cumulative = Annotated[
    Path | None, typer.Option(metavar="OUT", help="Draw the results as studies are added; needs --cumulative.")
]
Funnel = Annotated[Path | None, typer.Option(help="Draw the funnel plot: .svg, .pdf or .png.")]
Radial = Annotated[Path | None, typer.Option(metavar="OUT", help="Draw Galbraith's radial plot.")]
Baujat = Annotated[
    Path | None, typer.Option(metavar="OUT", help="Draw what each study adds to Q against its influence.")
]
Labbe = Annotated[Path | None, typer.Option(metavar="OUT", help="Draw the risks of the two arms: L'Abbe's plot.")]
Bubble = Annotated[
    Path | None, typer.Option(metavar="OUT", help="Draw the effect by the one --moderator, with the fitted line.")
]
EffectDirection = Annotated[
    Path | None, typer.Option(metavar="OUT", help="Draw on which side of no effect each study lies.")
]
Layout = Annotated[str, typer.Option(help="Of forest plots: reviewflow, revman or jama.")]
Title = Annotated[str, typer.Option(help="Above the figures.")]
Arms = Annotated[
    tuple[str, str] | None, typer.Option(metavar="FIRST SECOND", help="Names of the two arms in the figures.")
]
Favours = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="LEFT RIGHT", help="What lies on the two sides of no effect in forest plots."),
]
Decimals = Annotated[int, typer.Option(min=0, max=6, help="Of effects and intervals in forest plots.")]
Judgements = Annotated[
    Path | None,
    typer.Option(metavar="CSV", readable=False, help="Risk of bias in the forest plot: study, then the domains."),
]


def targets(**files: Path | None) -> dict[Figure, Path]:
    """The figures that are wanted, with their files; the names are those of the figures.

    Raises:
        UsageError: The ending of a file tells no format.
    """
    from reviewflow.workflow.pool_figures import FIGURES, format_of

    wanted = {figure: target for figure in FIGURES if (target := files.get(figure)) is not None}
    for target in wanted.values():
        format_of(target)
    return wanted


def look_of(
    found: Pooled,
    *,
    layout: str = "reviewflow",
    title: str = "",
    arms: tuple[str, str] | None = None,
    favours: tuple[str, str] | None = None,
    decimals: int = 2,
    judgements: Path | None = None,
) -> Look:
    """How the figures look."""
    from reviewflow.workflow.pool_figures import Look, read_judgements

    studies = [*(study.study for study in found.studies), *(study for study, _ in found.excluded)]
    return Look(
        layout=layout,
        title=title,
        arms=arms or ("Treatment", "Control"),
        favours=favours or ("", ""),
        decimals=decimals,
        bias=read_judgements(read_text(judgements), judgements.name, studies) if judgements else None,
    )


def draw_all(
    wanted: Mapping[Figure, Path], found: Pooled, look: Look, rows: Sequence[Row] = (), moderators: Sequence[str] = ()
) -> Iterator[tuple[Figure, Path]]:
    """Draw each figure to its file; gives each that was drawn.

    Raises:
        InputError: A file cannot be written.
    """
    from reviewflow.workflow import pool_figures

    for figure, target in wanted.items():
        try:
            pool_figures.draw(figure, found, target, look, rows, moderators)
        except OSError as error:
            raise InputError(f"{target} cannot be written: {error.strerror}", "choose another name for it") from error
        yield figure, target
