"""Dark, light and monochrome. Colour is never the only mark: what it says, a sign or a line under the word says too."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

MONOCHROME: Final = "monochrome"

THEMES: Final = (
    Theme(
        name="dark",
        primary="#7fb2e5",
        secondary="#8fa3b8",
        accent="#7fb2e5",
        warning="#ffbd66",
        error="#ff8080",
        success="#93d08a",
        foreground="#e6e6e6",
        background="#16191d",
        surface="#16191d",
        panel="#22272e",
        variables={"differs": "#ffbd66", "faint": "#9aa4ae"},
    ),
    Theme(
        name="light",
        primary="#0b5394",
        secondary="#44546a",
        accent="#0b5394",
        warning="#8a3c00",
        error="#a61b1b",
        success="#1e6b1e",
        foreground="#1a1a1a",
        background="#ffffff",
        surface="#ffffff",
        panel="#eef1f4",
        dark=False,
        variables={"differs": "#8a3c00", "faint": "#56606b"},
    ),
    # The terminal's own two colours, whatever they are.
    Theme(
        name=MONOCHROME,
        ansi=True,
        primary="ansi_default",
        secondary="ansi_default",
        accent="ansi_default",
        warning="ansi_default",
        error="ansi_default",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "differs": "ansi_default",
            "faint": "ansi_default",
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border": "ansi_default",
            "border-blurred": "ansi_default",
            "scrollbar": "ansi_default",
            "scrollbar-hover": "ansi_default",
            "scrollbar-active": "ansi_default",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "scrollbar-corner-color": "ansi_default",
        },
    ),
)
"""The first is the default."""
