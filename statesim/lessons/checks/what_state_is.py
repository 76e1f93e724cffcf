"""The exercises about what state is: who may go at any moment, and where a session may lie instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.asked import named, names
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# who notices, of each service
_USERS = {"web": "browser", "auth": "users", "cdn": "visitors", "pg": "shop"}
_SLOWER = {f"clients.{client}.operations.rate": "5/s" for client in _USERS.values()}
_MOMENTS = ("2m", "150s", "3m")


def who_may_go(answer: Collection[str]) -> Judged:
    """Judge names of services: three times a pod of each is deleted, and its users are watched."""
    for name in names(answer):
        if name not in _USERS:
            return Judged.not_yet("names", used=name)
    noticed = _noticed()
    for name, times in noticed.items():
        if name in answer and times:
            return Judged.not_yet("wrong-in", name=name, noticed=times)
        if name not in answer and not times:
            return Judged.not_yet("wrong-out", name=name)
    return Judged.good("right")


def _noticed() -> Mapping[str, int]:
    deleted = [
        {"at": at, "do": "pod-kill", "on": {"anyPod": {"app": name}}} for at in _MOMENTS for name in _USERS
    ]
    variant = tried("drift", "without", {**_SLOWER, "timeline": deleted, "duration": "4m"})
    found = {name: shop_of(variant, client) for name, client in _USERS.items()}
    words = ("failed", "lost", "users_logged_out")
    return {name: sum(each.get(word) or 0 for word in words) for name, each in found.items()}


def sessions_elsewhere(answer: Mapping[str, Any]) -> Judged:
    """Judge where sessions lie: one server of four is lost, and the database's pod as well."""
    variant = tried("drift", "without", {**_SLOWER, "systems.auth.parameters": named(answer)})
    users = shop_of(variant, "users")["users_logged_out"]
    if users and answer.get("store") == "external":
        return Judged.not_yet("moved-to-the-database", users=users)
    if users:
        return Judged.not_yet("logged-out", users=users)
    return Judged.good("replaceable")
