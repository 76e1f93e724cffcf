"""The ground for drivers: members of a driver's own kind, with a store of its own kind, or without a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from statesim.systems.base import Member, Members
from statesim.systems.parameters import Parameters
from statesim.systems.statements import changes, execute
from tests.systems.harness import Lab

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Request
    from statesim.systems.life import Life
    from statesim.systems.statements import Copy


class Table:
    """A store that is no log."""

    def __init__(self) -> None:
        self.rows: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        return self.rows.get(key)

    def keys(self) -> list[Any]:
        return list(self.rows)

    def values(self, key: Any) -> list[Any]:
        return [self.rows[key]] if key in self.rows else []

    def put(self, key: Any, value: Any) -> None:
        self.rows[key] = value


class Clerk(Member):
    """A member that counts."""

    __slots__ = ("answered",)

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        super().__init__(process, directory, life)
        self.answered = 0
        directory.contents = directory.contents or Table()


class Office(Members[Clerk]):
    kind: ClassVar[str] = "office"

    def member_of(self, process: Process, directory: Directory, life: Life) -> Clerk:
        return Clerk(process, directory, life)

    def length_of(self, member: Clerk) -> int:
        return member.answered

    def copy_of(self, contents: Any) -> Copy:
        found: Copy = contents
        return found

    def serve(self, member: Clerk, request: Request) -> None:
        member.answered += 1
        request.answer(*execute(request, member.directory.contents))
        if changes(request):
            self.wrote(member)


class Hall(Office):
    kind: ClassVar[str] = "hall"
    keeps_data: ClassVar[bool] = False


@pytest.fixture(params=[Office, Hall])
def lab(request: pytest.FixtureRequest) -> Lab:
    lab = Lab("postgres")
    lab.system = request.param(lab._context, Parameters())
    return lab


def test_a_member_of_ones_own_kind_keeps_a_store_of_ones_own_kind(lab: Lab) -> None:
    lab.start("db-0")
    lab.start("db-1")
    first, second = lab.write("db-1"), lab.write("db-1")

    assert (first.type, second.type) == ("ok", "ok")
    assert lab.primary == "db-1"  # both lead here, and it has done more
    assert lab.system.surviving()[0] == "db-1"
    assert lab.lost == set()
    assert {e.fields.get("timeline") for e in lab.events("Role")} == {None}


def test_what_is_on_a_disk_outlives_the_program_and_the_rest_does_not(lab: Lab) -> None:
    lab.start("db-0")
    lab.write("db-0")
    lab.kill("db-0")
    kept = lab.system.keeps_data

    assert lab.system.surviving()[0] == ("DataDirectory/pv/db-0" if kept else "nothing")
    lab.start("db-0")
    assert lab.ask("db-0", "read", 1).result is kept
    assert (lab.disks.find("pv/db-0") is not None) is kept


def test_a_disk_that_is_gone_or_full_is_nothing_to_who_has_none(lab: Lab) -> None:
    lab.start("db-0")
    lab.disks.fill("pv/db-0", "test")
    full = lab.write("db-0")
    assert full.type == ("" if lab.system.keeps_data else "ok")
    assert lab.processes["db-0"].alive is not lab.system.keeps_data


def test_two_runs_without_a_disk_do_not_share_one() -> None:
    lab = Lab("postgres")
    lab.system = Hall(lab._context, Parameters())
    lab.start("db-0", "shared")
    lab.start("db-1", "shared")
    lab.write("db-0")

    assert lab.events("Corrupted") == []
    assert lab.ask("db-1", "read", 1).result is False
