"""The protocol: a review is made, its criteria, reasons and team are written to reviewflow.toml."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Role, Stage
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.resources import schema
from reviewflow.storage import assignments, ledger, project
from reviewflow.storage.review import create_review

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class Template:
    """What a new review starts from."""

    title: str
    reviewers: tuple[str, ...] = ()
    adjudicator: str = ""
    database: str = ""


def init(folder: Path, template: Template, copy_id: str) -> Review:
    """Make a review in a folder; a reviewflow.toml that is there is taken as it is.

    Args:
        folder: Made when it is not there.
        template: What to write when there is no reviewflow.toml yet.
        copy_id: A fresh uuid.

    Raises:
        StateError: There is a review already.
    """
    if (folder / project.FILE_NAME).exists():
        return create(folder, "", copy_id)
    return create(folder, _text(template), copy_id)


def create(folder: Path, text: str, copy_id: str) -> Review:
    """Make a review in a folder; see `storage.review.create_review`.

    Raises:
        StateError: There is a review already.
        InputError: The folder cannot be made or written.
    """
    try:
        return create_review(folder, text, copy_id)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be a review: {error.strerror}", "choose a folder you may write in"
        ) from error


def _text(template: Template) -> str:
    """The text of a new reviewflow.toml."""
    people = [(name, [Role.REVIEWER]) for name in template.reviewers if name != template.adjudicator]
    if template.adjudicator:
        both = [Role.REVIEWER] if template.adjudicator in template.reviewers else []
        people.append((template.adjudicator, [*both, Role.ADJUDICATOR]))
    team = "\n".join(
        f"[[team]]\nname = {_quoted(name)}\nroles = {json.dumps([str(role) for role in roles])}\n"
        for name, roles in people
    )
    database = f"database = {_quoted(template.database)}\n" if template.database else ""
    form = schema("new_review.toml").read_text(encoding="utf-8")
    return form.replace("@TITLE@", _quoted(template.title)).replace("@DATABASE@\n", database).replace("@TEAM@\n", team)


def _quoted(text: str) -> str:
    """The text as a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def add_criterion(review: Review, id_: str, kind: str, text: str, reason: str) -> None:
    """Write a criterion and, when a label is given, the exclusion reason that refers to it."""
    project.amend(review.folder, "criterion", {"id": id_, "kind": kind, "text": text})
    if reason:
        slug = "_".join("".join(c if c.isalnum() else " " for c in reason.lower()).split())
        project.amend(review.folder, "reason", {"id": slug, "label": reason, "criterion": id_})


def add_member(review: Review, name: str, roles: Sequence[str]) -> None:
    """Write a person into the team.

    Raises:
        UsageError: A role is not known.
        InputError: The name is taken.
        StateError: The person has left the team.
    """
    for role in roles:
        if role not in {str(known) for known in Role}:
            raise UsageError(f"{role!r} is no role", f"one of: {', '.join(Role)}")
    if any(member.name == name and Role.FORMER in member.roles for member in review.protocol.team):
        raise StateError(
            f"{name} has left the team: what {name} has done stands, and the name stays in reviewflow.toml as former",
            f"to bring {name} back, write roles = {json.dumps(list(roles))} there in place of the role former",
        )
    if any(member.name == name for member in review.protocol.team):
        raise InputError(f"{name} is in the team already", "change the roles in reviewflow.toml")
    project.amend(review.folder, "team", {"name": name, "roles": list(roles)})


def remove_member(review: Review, name: str) -> bool:
    """Take a person out of the team: votes and other changes stand, keep their maker and count.

    Returns:
        Whether the person is gone without a trace; False for who has made changes and stays in the file as former.

    Raises:
        UsageError: Nobody has that name.
    """
    review.protocol.member(name)
    with review.reading() as connection:
        made_changes = any(change.reviewer == name for change in ledger.changes(connection))
        named = any(name in assignments.everybody(connection, stage) for stage in Stage)
    if made_changes or named:
        project.replace(review.folder, "team", ("name", name), {"roles": [str(Role.FORMER)]})
        return False
    project.remove(review.folder, "team", "name", name)
    return True
