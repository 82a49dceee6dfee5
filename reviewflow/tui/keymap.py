"""What keys do: actions with names, the keys they have unless told otherwise, and the person's own choice of keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Final

from textual.binding import Binding, BindingType
from textual.keys import Keys, format_key

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key does.

    Attributes:
        name: What the person's settings call it: "pair.same".
        keys: The keys it has by default, in Textual's words, or as the one character that is typed.
        words: What it does, for the help screen.
        label: A word for the line of keys at the foot; "" where it is not shown there.
        call: The action of the screen, as Textual names it: "answer(True)".
    """

    name: str
    keys: tuple[str, ...]
    words: str
    label: str
    call: str


HELP: Final = Action("screen.help", ("?", "f1"), "this help", "help", "help")
QUIT: Final = Action("screen.quit", ("q", "ctrl+q"), "leave; every answer is written already", "quit", "leave")
INTERRUPT: Final = Action(
    "screen.interrupt", ("ctrl+c",), "leave, and have the command end as interrupted", "", "interrupt"
)
SCROLL: Final = (
    Action("scroll.down", ("j", "down"), "a line down", "", "scroll('down')"),
    Action("scroll.up", ("k", "up"), "a line up", "", "scroll('up')"),
    Action("scroll.page_down", ("space", "pagedown"), "a page down", "", "scroll('page_down')"),
    Action("scroll.page_up", ("pageup",), "a page up", "", "scroll('page_up')"),
    Action("scroll.home", ("home",), "to the top", "", "scroll('home')"),
    Action("scroll.end", ("end",), "to the end", "", "scroll('end')"),
)
PAIR: Final = (
    Action("pair.same", ("y",), "the two are records of the same report", "same", "answer(True)"),
    Action("pair.not", ("n",), "they are not", "not", "answer(False)"),
    Action("pair.skip", ("s",), "put the pair off: it comes back at the end", "skip", "skip"),
    Action("pair.undo", ("u",), "take the last answer back; as often as you like", "undo", "undo"),
    Action("pair.batch", ("b",), "the same report for all pairs of this rule; asks first", "batch", "batch"),
    Action("pair.explain", ("e",), "what speaks for and against", "explain", "explain"),
    Action("pair.previous", ("left",), "the pair before", "", "step(-1)"),
    Action("pair.next", ("right",), "the pair after", "", "step(1)"),
)
SAY: Final = (
    Action("verdict.include", ("i",), "include", "include", "vote('include')"),
    Action("verdict.exclude", ("e",), "exclude; at full text it asks for the reason", "exclude", "vote('exclude')"),
    Action("verdict.unsure", ("m",), "maybe: unsure", "maybe", "vote('unsure')"),
    *(
        Action(f"verdict.reason_{n}", (str(n),), f"exclude, for reason {n} of the list", "", f"reason({n})")
        for n in range(1, 10)
    ),
    Action(
        "verdict.awaiting", ("a",), "awaiting classification; full texts only", "", "vote('awaiting_classification')"
    ),
    Action("verdict.ongoing", ("g",), "a study that is still going on; full texts only", "", "vote('ongoing')"),
    Action("verdict.undo", ("u",), "take the last verdict back; as often as you like", "undo", "undo"),
    Action("verdict.note", ("n",), "write a note, which is saved with the verdict", "note", "note"),
)
"""The verdicts; an adjudicator has all of them but `maybe`."""
READ: Final = (
    Action("record.previous", ("left",), "the record before, without a verdict", "", "step(-1)"),
    Action("record.next", ("right",), "the record after, without a verdict", "", "step(1)"),
    Action("screen.criteria", ("k",), "criteria, reasons and what is highlighted", "criteria", "criteria"),
    Action("screen.highlights", ("h",), "highlight the words of the protocol, or not", "", "highlights"),
    Action("record.tags", ("t",), "tags of your own on the record, which only you see", "tags", "tags"),
    Action("fulltext.open", ("o",), "open the attached full text", "", "open"),
    Action("report.down", ("j", "down"), "the text a line down", "", "scroll('down')"),
    Action("report.up", ("up",), "the text a line up", "", "scroll('up')"),
    Action("report.page_down", ("space", "pagedown"), "the text a page down", "", "scroll('page_down')"),
    Action("report.page_up", ("pageup",), "the text a page up", "", "scroll('page_up')"),
    Action("report.home", ("home",), "to the top of the text", "", "scroll('home')"),
    Action("report.end", ("end",), "to the end of the text", "", "scroll('end')"),
)
FIND: Final = (
    Action("screen.search", ("/",), "only records with some words in title or abstract", "search", "search"),
    Action("screen.clear", ("escape",), "all records again", "", "clear"),
    Action(
        "screen.conflicts", ("c",), "the disagreements; those that wait for you are marked", "conflicts", "conflicts"
    ),
)
SETTLE: Final = (
    Action("conflict.reveal", ("r",), "show who voted, or hide it again", "names", "reveal"),
    Action("conflict.list", ("l",), "the list of conflicts", "list", "conflicts"),
)
KEEP: Final = Action("line.keep", ("enter",), "keep what is typed", "keep", "keep")
LEAVE_LINE: Final = Action("line.cancel", ("escape",), "leave it as it was", "cancel", "close")
CLOSE: Final = Action("dialog.close", ("escape", "q", "enter", "ctrl+c"), "close", "close", "close")
CONFIRM: Final = Action("dialog.confirm", ("y",), "do it", "yes, all of them", "confirm")
CANCEL: Final = Action("dialog.cancel", ("n", "escape", "q", "ctrl+c"), "leave it", "no", "close")

LIVE_TOGETHER: Final[Mapping[str, Sequence[Action]]] = {
    "the pairs": (*PAIR, *SCROLL, HELP, QUIT, INTERRUPT),
    "the records": (*SAY, *FIND, *READ, HELP, QUIT, INTERRUPT),
    "the conflicts": (*(each for each in SAY if each.name != "verdict.unsure"), *SETTLE, *READ, HELP, QUIT, INTERRUPT),
    "a line to type": (KEEP, LEAVE_LINE),
    "a text to read": (CLOSE, *SCROLL),
    "a question": (CONFIRM, CANCEL, *SCROLL),
}
"""The actions of each screen: within one, a key does one thing."""

DEFAULT: Final = "reviewflow"
PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    DEFAULT: {},
    # Its arrows up and down go through the records.
    "rayyan": {
        "verdict.unsure": ("u",),
        "verdict.undo": ("z", "ctrl+z"),
        "record.previous": ("up", "left"),
        "record.next": ("down", "right"),
        "report.down": ("j", "ctrl+down"),
        "report.up": ("J", "ctrl+up"),
    },
    # Relevant and irrelevant: here i excludes.
    "asreview": {"verdict.include": ("r",), "verdict.exclude": ("i",), "conflict.reveal": ("R",)},
    # Yes, no, maybe.
    "covidence": {"verdict.include": ("y",), "verdict.exclude": ("n",), "verdict.note": ("w",)},
    "vim": {
        "pair.previous": ("h", "left"),
        "pair.next": ("l", "right"),
        "scroll.page_down": ("ctrl+f", "space", "pagedown"),
        "scroll.page_up": ("ctrl+b", "pageup"),
        "scroll.home": ("g", "home"),
        "scroll.end": ("G", "end"),
        "record.previous": ("h", "left"),
        "record.next": ("l", "right"),
        "screen.highlights": ("H",),
        "screen.criteria": ("K",),
        "conflict.list": ("L",),
        "verdict.ongoing": ("O",),
        "report.down": ("j", "down"),
        "report.up": ("k", "up"),
        "report.page_down": ("ctrl+f", "space", "pagedown"),
        "report.page_up": ("ctrl+b", "pageup"),
        "report.home": ("g", "home"),
        "report.end": ("G", "end"),
    },
    "digits": {"pair.same": ("1",), "pair.not": ("2",), "pair.skip": ("3",), "pair.undo": ("0",)},
}
"""Keys by the name under which the settings choose them; they may be altered one by one beside it."""

_MODIFIERS: Final = frozenset({"ctrl", "alt", "shift", "super"})
_NAMES: Final = frozenset(key.value for key in Keys)


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of every action.

    Attributes:
        chosen: Keys by the name of the action, where they are not the default ones.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, action: Action) -> tuple[str, ...]:
        """The keys of an action, the one to show first."""
        return self.chosen.get(action.name, action.keys)

    def for_textual(self) -> dict[str, str]:
        """The chosen keys as Textual's `set_keymap` takes them."""
        return {name: _joined(keys) for name, keys in self.chosen.items()}


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """The default keys of a screen; the keymap finds them by the action's name."""
    return [Binding(_joined(action.keys), action.call, action.words, id=action.name) for action in actions]


def shown(key: str) -> str:
    """A key as a person reads it: "?", "Ctrl-C", "space"."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    name = last if len(last) == 1 else format_key(last)
    if not modifiers:
        return name
    return "-".join(word.capitalize() for word in (*modifiers, name))


def keymap(preset: str, own: Mapping[str, tuple[str, ...]]) -> Keymap:
    """The keys of a preset, altered by the person's own.

    Raises:
        InputError: The preset, an action or a key is unknown, or one key would do two things on one screen.
    """
    if preset not in PRESETS:
        raise InputError(f"there is no preset of keys {preset!r}", f"one of {', '.join(PRESETS)}")
    chosen = Keymap({**PRESETS[preset], **own})
    names = {action.name for actions in LIVE_TOGETHER.values() for action in actions}
    for name, keys in chosen.chosen.items():
        if name not in names:
            raise InputError(f"keys are given for {name!r}, which is no action", f"one of {', '.join(sorted(names))}")
        _refuse_unknown(name, keys)
    for screen, actions in LIVE_TOGETHER.items():
        _refuse_two_of_a_key(chosen, screen, actions)
    return chosen


def _refuse_unknown(name: str, keys: tuple[str, ...]) -> None:
    if not keys:
        raise InputError(f"{name} has no key", "give it one; an action cannot be switched off")
    for key in keys:
        *modifiers, last = key.split("+") if len(key) > 1 else [key]
        if not set(modifiers) <= _MODIFIERS or not (len(last) == 1 or last in _NAMES):
            raise InputError(
                f"{name} is given the key {key!r}, which there is not",
                'a character ("y"), a name ("space", "left", "pagedown", "f1"), or with Ctrl: "ctrl+d"',
            )


def _refuse_two_of_a_key(chosen: Keymap, screen: str, actions: Sequence[Action]) -> None:
    for one, other in combinations(actions, 2):
        both = sorted(set(chosen.keys(one)) & set(chosen.keys(other)))
        if both:
            raise InputError(
                f"the key {both[0]!r} would do two things at {screen}: {one.name} and {other.name}",
                "give one of them another key",
            )


def _joined(keys: Iterable[str]) -> str:
    # Textual separates keys by commas, so the comma itself goes by its name.
    return ",".join("comma" if key == "," else key for key in keys)
