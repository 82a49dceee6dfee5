"""The layouts of `export data`, the data package and the domains of GRADE, as the pages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.resources import schema, schema_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]


def layouts(table: Table) -> str:
    """A section for each layout with its columns."""
    names = sorted(path.name for path in schema("layouts").iterdir() if path.name.endswith(".toml"))
    return "\n".join(_layout(schema_toml("layouts", name), table) for name in names)


def _layout(layout: Mapping[str, Any], table: Table) -> str:
    head = f"## {layout['name']}\n\n{layout['title']}.\n"
    if "kind" in layout:
        rows = [
            (", ".join(kind["measures"]), f"`{column}`", f"`{of}`")
            for kind in layout["kind"]
            for column, of in kind["columns"].items()
        ]
        return f"{head}\n{table(('measures', 'column', 'derived from'), rows)}\n"
    if "tool" in layout:
        tools = [
            (tool["name"], ", ".join(f"`{form}`" for form in tool["forms"]), _line(tool["columns"]), _words(tool))
            for tool in layout["tool"]
        ]
        return f"{head}\n{table(('tool', 'forms', 'columns', 'judgements'), tools)}\n"
    files = layout.get("files") or {f"{layout['name']}.csv": layout["columns"]}
    named = [(f"`{name}`", _line(columns)) for name, columns in files.items()]
    return f"{head}\n{table(('file', 'columns'), named)}\n"


def _line(columns: Sequence[str]) -> str:
    return f"`{','.join(columns)}`"


def _words(tool: Mapping[str, Any]) -> str:
    instead = [f"{word} for {said}" for said, word in tool.get("instead", {}).items()]
    return ", ".join([*tool["words"], *instead])


def package(table: Table) -> str:
    """A section for each table of the data package."""
    return "\n".join(
        f"### {each['name']}\n\n{each['title']}. Key: `{each['primary']}`.\n\n"
        + table(("column", "type", "what it holds"), [(f"`{f[0]}`", f[1], f[2]) for f in each["fields"]])
        + "\n"
        for each in schema_toml("package", "datapackage.toml")["resource"]
    )


def domains(table: Table) -> str:
    """The domains of GRADE with their steps."""
    rows = [
        (f"`{each['name']}`", each["label"], ", ".join(f"{word} ({each['sign'] * n:+d})" for n, word in _steps(each)))
        for each in schema_toml("grade.toml")["domain"]
    ]
    return table(("name", "domain", "steps"), rows)


def _steps(domain: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The steps; the last of risk of bias only where ROBINS-I was used."""
    return [
        (n, f"{word}, with ROBINS-I only" if n > domain["most"] else word) for n, word in enumerate(domain["words"])
    ]
