"""Keeps what was spent, by day and account, in millionths of a dollar. Knows sums; knows nothing about prices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from limits.errors import StorageError

from services.errors import Unavailable

KEPT_SECONDS = 2 * 86_400


class Ledger(Protocol):
    """Sums that only grow by what fits, whoever else writes at the same time. A day is an ISO date."""

    async def reserve(self, day: str, caps: Mapping[str, int], amount: int) -> bool:
        """Add the amount to every account, or to none: when one of them would have more than its cap."""

    async def add(self, day: str, accounts: Iterable[str], amount: int) -> None:
        """Add the amount, which may be negative, without asking."""

    async def spent(self, day: str, account: str) -> int: ...


class FileLedger:
    """In a small SQLite file: survives a restart and a kill, and holds for several processes on one machine.

    Writes are some 50 microseconds without waiting for the disk; after a power cut the last of them may be missing.
    """

    def __init__(self, folder: Path) -> None:
        """Raises OSError, in words for the owner, where no file can be kept."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(
                folder / "budget.sqlite", isolation_level=None, check_same_thread=False, timeout=2
            )
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=NORMAL")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS spent (day TEXT, account TEXT, amount INTEGER, PRIMARY KEY (day, account))"
            )
        except (OSError, sqlite3.Error) as wrong:
            raise OSError(f"The budget can't be kept in {folder}: {wrong}. Set AIML_DATA to another folder.") from wrong

    async def reserve(self, day: str, caps: Mapping[str, int], amount: int) -> bool:
        with _writing(self._file) as file:
            if any(_sum(file, day, account) + amount > cap for account, cap in caps.items()):
                return False
            file.execute("DELETE FROM spent WHERE day < date(?, '-1 day')", (day,))
            _add(file, day, caps, amount)
            return True

    async def add(self, day: str, accounts: Iterable[str], amount: int) -> None:
        with _writing(self._file) as file:
            _add(file, day, accounts, amount)

    async def spent(self, day: str, account: str) -> int:
        try:
            return _sum(self._file, day, account)
        except sqlite3.Error as wrong:
            raise _unwritten(wrong) from wrong

    def close(self) -> None:
        self._file.close()


def _sum(file: sqlite3.Connection, day: str, account: str) -> int:
    row = file.execute("SELECT amount FROM spent WHERE day = ? AND account = ?", (day, account)).fetchone()
    return int(row[0]) if row else 0


def _add(file: sqlite3.Connection, day: str, accounts: Iterable[str], amount: int) -> None:
    file.executemany(
        "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT (day, account) DO UPDATE SET amount = amount + excluded.amount",
        [(day, account, amount) for account in accounts],
    )


@contextmanager
def _writing(file: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction that nobody else can come between; it is undone when it fails."""
    try:
        file.execute("BEGIN IMMEDIATE")
        yield file
        file.execute("COMMIT")
    except sqlite3.Error as wrong:
        raise _unwritten(wrong) from wrong
    finally:
        if file.in_transaction:
            file.execute("ROLLBACK")


class SharedLedger:
    """In the Redis that replicas share. Between an addition and its undoing a sum may be too large, never too small."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    async def reserve(self, day: str, caps: Mapping[str, int], amount: int) -> bool:
        done: list[str] = []
        for account, cap in caps.items():
            done.append(account)
            if await self._incr(day, account, amount) > cap:
                await self.add(day, done, -amount)
                return False
        return True

    async def add(self, day: str, accounts: Iterable[str], amount: int) -> None:
        for account in accounts:
            await self._incr(day, account, amount)

    async def spent(self, day: str, account: str) -> int:
        try:
            return int(await self._storage.get(_key(day, account)))
        except StorageError as lost:
            raise _unwritten(lost) from lost

    async def _incr(self, day: str, account: str, amount: int) -> int:
        try:
            return int(await self._storage.incr(_key(day, account), KEPT_SECONDS, amount))
        except StorageError as lost:
            raise _unwritten(lost) from lost


def _key(day: str, account: str) -> str:
    return f"spent/{day}/{account}"


def _unwritten(wrong: Exception) -> Unavailable:
    return Unavailable(
        "What a call costs can't be written down at the moment, so it is not made.",
        remedy="Try again later, or use a key of your own.",
        detail=str(wrong),
    )
