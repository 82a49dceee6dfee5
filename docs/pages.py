"""The parts of the reference that are written by the program itself, so that they cannot differ from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import typer.main
from sqlmodel import SQLModel

from docs import damaged, data_layouts, field_maps
from docs.field_maps import table
from reviewflow.cli.app import app
from reviewflow.formats.registry import READERS
from reviewflow.resources import schema, schema_json, schema_toml
from reviewflow.storage import tables as declared
from reviewflow.tui.keymap import LIVE_TOGETHER, PRESETS, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reviewflow.tui.keymap import Action

Command = Any
"""A command of Typer's; its classes have no public types."""


def walk(command: Command, path: tuple[str, ...] = ("reviewflow",)) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that can be called, with the words that call it."""
    names = command.list_commands(None) if hasattr(command, "list_commands") else ()
    if not names or command.invoke_without_command:
        yield path, command
    for name in names:
        yield from walk(command.get_command(None, name), (*path, name))


def every_command() -> list[tuple[tuple[str, ...], Command]]:
    """The tree of commands, in the order of a review."""
    return [pair for pair in walk(typer.main.get_command(app)) if len(pair[0]) > 1]


def commands() -> str:
    """A section for each command: what it does, how it is called, its arguments and options."""
    return "\n".join(_section(" ".join(path), command) for path, command in every_command())


def _section(name: str, command: Command) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join([name, *map(_metavar, arguments), "[OPTIONS]"])
    rows = [(f"`{_metavar(each)}`", each.help or "") for each in arguments]
    rows += [(", ".join(f"`{one}`" for one in each.opts), _help(each)) for each in options]
    words = "\n\n".join(" ".join(part.split()) for part in command.help.split("\n\n"))
    return f"## {name}\n\n{words}\n\n```text\n{usage}\n```\n\n{table(('argument or option', 'what it is'), rows)}\n"


def _metavar(argument: Any) -> str:  # noqa: ANN401 as Command
    name = str(argument.metavar or argument.name.upper().rstrip("_"))
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _help(option: Any) -> str:  # noqa: ANN401 as Command
    default = option.default
    shown = f" Default: `{default}`." if default not in {None, "", False, True} else ""
    return f"{option.help or ''}{' Required.' if option.required else ''}{shown}"


def database() -> str:
    """A section for each table of the database: what a row is, and its columns."""
    classes = {each.__tablename__: each for each in vars(declared).values() if _is_table(each)}
    return "\n".join(_table_section(name, classes[name]) for name in SQLModel.metadata.tables if name in classes)


def _is_table(each: object) -> bool:
    return isinstance(each, type) and issubclass(each, SQLModel) and "__tablename__" in vars(each)


def _table_section(name: str, row: Any) -> str:  # noqa: ANN401 a class of rows
    columns = SQLModel.metadata.tables[name].columns
    rows = [
        (
            f"`{column.name}`",
            str(column.type).lower() + (", may be empty" if column.nullable else ""),
            ", ".join(f"`{key.target_fullname}`" for key in column.foreign_keys),
        )
        for column in columns
    ]
    words = " ".join(row.__doc__.split())
    return f"## {name}\n\n{words}\n\n{table(('column', 'type', 'refers to'), rows)}\n"


def review_file() -> str:
    """A section for each table of reviewflow.toml."""
    whole = schema_json("review.schema.json")
    shared = whole["$defs"]
    sections = []
    for name, part in whole["properties"].items():
        body = part.get("items", part)
        head = f"[[{name}]]" if part["type"] == "array" else f"[{name}]"
        if name == "screening":
            head, body = "[screening.title_abstract] and [screening.full_text]", shared["rule"]
        sections.append(f"## {head}\n\n{part.get('description', '')}\n\n{_keys(body, shared)}")
        reported = body["properties"].get("reported")
        if reported:
            sections.append(
                f"## [[{name}.reported]]\n\n{reported['description']}\n\n{_keys(reported['items'], shared)}"
            )
    return "\n".join(sections)


def _keys(body: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    required = set(body.get("required", ()))
    rows = [
        (f"`{key}`", _type(value, shared) + (", required" if key in required else ""), value.get("description", ""))
        for key, value in body["properties"].items()
    ]
    return table(("key", "value", "what it is"), rows)


def _type(value: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    if "$ref" in value:
        value = {**shared[value["$ref"].rpartition("/")[2]], **value}
    if "enum" in value:
        return "one of " + ", ".join(f"`{each}`" for each in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "anyOf" in value:
        return 'a whole number from 0, or "NR"'
    low, high = value.get("minimum"), value.get("maximum")
    bounds = "" if low is None else f" from {low}" + ("" if high is None else f" to {high}")
    if value.get("type") == "array":
        return "a list of " + ("tables" if "properties" in value.get("items", {}) else "texts")
    words = {"string": "text", "integer": "a whole number", "boolean": "true or false", "object": "a table of counts"}
    return words.get(value.get("type", ""), "a date or text") + bounds


def counts_2020() -> str:
    """The keys of a COUNTS.toml for a PRISMA 2020 diagram."""
    shared = schema_json("flow", "counts.schema.json")["$defs"]
    return _keys(shared["prisma2020"], shared)


def counts_2009() -> str:
    """The keys of a COUNTS.toml for a PRISMA 2009 diagram."""
    shared = schema_json("flow", "counts.schema.json")["$defs"]
    return _keys(shared["prisma2009"], shared)


def forms() -> str:
    """A section for each form: its keys, fields and what is said about each row."""
    names = sorted(path.name.removesuffix(".toml") for path in schema("forms").iterdir())
    return "\n".join(_form(name) for name in names)


def _form(name: str) -> str:
    form = schema_toml("forms", f"{name}.toml")
    rows = [
        (f"`{column['name']}`", words, column.get("label", ""), ", ".join(f"`{each}`" for each in _values(column)))
        for part, words in (("key", "names the cell"), ("field", "a cell"), ("about", "about the row"))
        for column in form[part]
    ]
    return f"## {name}\n\n{form['title']}.\n\n{table(('column', 'kind', 'what it is', 'values'), rows)}\n"


def _values(column: Mapping[str, Any]) -> Sequence[str]:
    return column.get("values", ()) or ([column["type"]] if "type" in column else [])


def rules(kind: str) -> str:
    """The rules, vetoes or relations of deduplication, each with its reason and an example."""
    file = "relations" if kind == "relation" else "rules"
    found = schema_toml("deduplication", f"{file}.toml")[kind]
    rows = [(each["name"], f"{each['words']}.", each["reason"], each["example"]) for each in found]
    return table(("name", "holds where", "why", "example"), rows)


def keys() -> str:
    """A section for each screen: its actions, what they do, and their keys in each preset."""
    return "\n".join(
        f"## {screen[0].upper()}{screen[1:]}\n\n{_actions(found)}\n" for screen, found in LIVE_TOGETHER.items()
    )


def _actions(actions: Sequence[Action]) -> str:
    rows = [(f"`{each.name}`", each.words, _shown(each.keys), _elsewhere(each)) for each in actions]
    return table(("action", "what it does", "keys", "in other presets"), rows)


def _elsewhere(action: Action) -> str:
    return "; ".join(
        f"{name}: {_shown(chosen[action.name])}" for name, chosen in PRESETS.items() if action.name in chosen
    )


def _shown(pressed: Sequence[str]) -> str:
    return ", ".join(f"`{shown(key)}`" for key in pressed)


GENERATED: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "tables": database,
    "review-file": review_file,
    "counts-2020": counts_2020,
    "counts-2009": counts_2009,
    "formats": field_maps.formats,
    "layouts": field_maps.layouts,
    "kinds": field_maps.kinds,
    "damaged files": damaged.damaged_files,
    **{f"field map {name}": partial(field_maps.field_map, name) for name in READERS},
    "forms": forms,
    "data layouts": lambda: data_layouts.layouts(table),
    "data package": lambda: data_layouts.package(table),
    "grade domains": lambda: data_layouts.domains(table),
    "keys": keys,
    "automatic rules": lambda: rules("automatic"),
    "vetoes": lambda: rules("veto"),
    "relations": lambda: rules("relation"),
}
"""What stands in a page as `<!-- generated: NAME -->`."""


def filled(page: str) -> str:
    """The page with everything generated in its place."""
    for name, generate in GENERATED.items():
        mark = f"<!-- generated: {name} -->"
        if mark in page:
            page = page.replace(mark, generate())
    return page
