"""Workloads over keys and values: registers, a counter, accounts, and transactions that append to lists.

They are Jepsen's: ``tests/linearizable_register.clj``, ``checker.clj`` (counter), ``tests/bank.clj`` and
``tests/cycle/append.clj``. What is written is written once, so that a read tells which write it saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.clients.workload import Alike
from statesim.systems.statements import COUNTER

if TYPE_CHECKING:
    from statesim.systems.statements import Copy

LONGEST_TRANSACTION = 4  # tests/cycle/append.clj: max-txn-length
LONGEST_LIST = 32  # tests/cycle/append.clj: max-writes-per-key
LARGEST_TRANSFER = 5  # tests/bank.clj: max-transfer
BEGUN_WITH = 20


class _Choice:
    """A caller's wish, taken apart into independent ones: each takes its digits from the same number."""

    __slots__ = ("_left",)

    def __init__(self, choice: float) -> None:
        self._left = choice

    def below(self, share: float) -> bool:
        """Tell whether the wish falls into a share; what is left of it is as good as new."""
        if self._left < share:
            self._left /= share
            return True
        self._left = (self._left - share) / (1 - share)
        return False

    def among(self, count: int) -> int:
        """Return one of the numbers from 0 to `count` - 1."""
        scaled = self._left * count
        found = min(int(scaled), count - 1)
        self._left = scaled - found
        return found


class _Keyed(Alike):
    """What the workloads here share: their keys, their numbers, their scope."""

    __slots__ = ("_number", "keys", "scope", "shares")

    def __init__(self, scope: str, keys: int, shares: dict[str, float]) -> None:
        self.scope = scope
        self.keys = [f"k{number}" for number in range(keys)]
        self.shares = {f: share for f, share in shares.items() if share > 0}
        self._number = 0

    def _new(self) -> int:
        self._number += 1
        return self._number

    def succeed(self, f: str, value: Any, result: Any) -> Any:  # noqa: ARG002 - part of the protocol
        """See `clients.workload.Workload.succeed`: what the server answered."""
        return result

    def last_read(self, copy: Copy) -> Any:
        """See `clients.workload.Workload.last_read`: each key that is there, and its value."""
        found = {key: copy.get((self.scope, key)) for key in self.keys}
        return {key: value for key, value in found.items() if value is not None}


class RegisterWorkload(_Keyed):
    """Readers and writers of keys, and writers who first look at what is there (``cas``).

    Parameters
    ----------
    cas
        Which share of the writes compares before it sets.
    """

    __slots__ = ("_cas", "_known", "_write_share")
    kind = "register"

    def __init__(self, scope: str, write_share: float, keys: int, cas: float) -> None:
        shares = {"write": write_share * (1 - cas), "cas": write_share * cas, "read": 1 - write_share}
        super().__init__(scope, keys, shares)
        self._write_share = write_share
        self._cas = cas if "cas" in self.shares else 0.0  # a share may be too small to be a number
        self._known: dict[str, Any] = {}

    def begin(self, choice: float) -> tuple[str, Any]:
        """See `clients.workload.Workload.begin`."""
        wish = _Choice(choice)
        if not wish.below(self._write_share):
            return "read", [self.keys[wish.among(len(self.keys))], None]
        swap = wish.below(self._cas)
        key = self.keys[wish.among(len(self.keys))]
        if swap:
            return "cas", [key, [self._known.get(key), self._new()]]
        return "write", [key, self._new()]

    def succeed(self, f: str, value: Any, result: Any) -> Any:  # noqa: ARG002 - part of the protocol
        """Remember what a key holds, for whoever will compare it."""
        key, held = result
        self._known[key] = held[1] if f == "cas" else held
        return result

    def last_read(self, copy: Copy) -> dict[str, list[int]]:
        """See `clients.workload.Workload.last_read`: every value that a key has held, the last one last."""
        found = {key: list(copy.values((self.scope, key))) for key in self.keys}
        return {key: values for key, values in found.items() if values}


class CounterWorkload(_Keyed):
    """One number: some add one to it, some read it."""

    __slots__ = ("_write_share",)
    kind = "counter"

    def __init__(self, scope: str, write_share: float) -> None:
        super().__init__(scope, 0, {"add": write_share, "read": 1 - write_share})
        self._write_share = write_share

    def begin(self, choice: float) -> tuple[str, Any]:
        """See `clients.workload.Workload.begin`."""
        return ("add", 1) if choice < self._write_share else ("read", None)

    def last_read(self, copy: Copy) -> int:
        """See `clients.workload.Workload.last_read`."""
        return copy.get((self.scope, COUNTER)) or 0


class BankWorkload(_Keyed):
    """Accounts between which money is moved; whoever reads them all must find the same total."""

    __slots__ = ("_write_share",)
    kind = "bank"

    def __init__(self, scope: str, write_share: float, keys: int) -> None:
        super().__init__(scope, keys, {"transfer": write_share, "read": 1 - write_share})
        self._write_share = write_share

    def begin(self, choice: float) -> tuple[str, Any]:
        """See `clients.workload.Workload.begin`."""
        wish = _Choice(choice)
        if not wish.below(self._write_share):
            return "read", dict.fromkeys(self.keys, BEGUN_WITH)
        source = wish.among(len(self.keys))
        target = (source + 1 + wish.among(len(self.keys) - 1)) % len(self.keys)
        amount = 1 + wish.among(LARGEST_TRANSFER)
        names = {"from": self.keys[source], "to": self.keys[target]}
        return "transfer", {**names, "amount": amount, "begun": BEGUN_WITH}

    def last_read(self, copy: Copy) -> dict[str, int]:
        """See `clients.workload.Workload.last_read`."""
        return {**dict.fromkeys(self.keys, BEGUN_WITH), **super().last_read(copy)}


class AppendWorkload(_Keyed):
    """Transactions of up to four operations, each of which reads a list or appends a number to it.

    A list that has become long is left, and another begun in its place.
    """

    __slots__ = ("_appended", "_begun", "_write_share")
    kind = "append"

    def __init__(self, scope: str, write_share: float, keys: int) -> None:
        super().__init__(scope, keys, {"txn": 1.0})
        self._write_share = write_share
        self._appended = dict.fromkeys(self.keys, 0)
        self._begun = list(self.keys)

    def begin(self, choice: float) -> tuple[str, Any]:
        """See `clients.workload.Workload.begin`."""
        wish = _Choice(choice)
        asked: list[list[Any]] = []
        for _ in range(1 + wish.among(LONGEST_TRANSACTION)):
            slot = wish.among(len(self.keys))
            key = self.keys[slot]
            if wish.below(self._write_share):
                asked.append(["append", key, self._new()])
                self._count(slot, key)
            else:
                asked.append(["r", key, None])
        return "txn", asked

    def _count(self, slot: int, key: str) -> None:
        self._appended[key] += 1
        if self._appended[key] == LONGEST_LIST:
            self.keys[slot] = f"k{len(self._begun)}"
            self._begun.append(self.keys[slot])
            self._appended[self.keys[slot]] = 0

    def last_read(self, copy: Copy) -> dict[str, list[int]]:
        """See `clients.workload.Workload.last_read`: each list that is there, those that were left too."""
        found = {key: copy.get((self.scope, key)) for key in self._begun}
        return {key: list(value) for key, value in found.items() if value is not None}
