"""Says whether a key works and what is left on it. Knows the two balance routes; knows nothing about the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.endpoint import Endpoint
from services.errors import NotFound
from services.replies import Balance, read

if TYPE_CHECKING:
    from services.fetch import Fetcher

CREDITS_PER_DOLLAR = 2_000_000  # contract, section 1


@dataclass(frozen=True)
class Account:
    """`valid` is None where the server can't tell; `balance_usd` in US dollars, None when unknown."""

    valid: bool | None
    balance_usd: float | None
    message: str


class AccountService:
    """Asks with the key in the endpoint and keeps nothing."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def check(self, endpoint: Endpoint) -> Account:
        """Ask for the balance of the endpoint's key, which is also the test of the key: the catalogue takes any.

        Raises Unauthorized for a key that is refused, and the other ServiceErrors of a request.
        """
        try:
            balance = _dollars(await self._get(endpoint, "/v2/billing"))
        except NotFound:
            try:
                balance = _dollars(await self._get(endpoint, "/v1/billing/balance"))
            except NotFound:
                return Account(
                    None, None, f"{endpoint.name} has no balance to ask for, so the key can't be tested here."
                )
        return Account(True, balance, f"The key works. Balance: ${balance:,.2f}.")

    async def _get(self, endpoint: Endpoint, path: str) -> Any:
        cap = self._fetcher.limits.json_bytes
        return (await self._fetcher.json(endpoint.root + path, key=endpoint.key, cap=cap)).data


def _dollars(said: Any) -> float:
    balance = read(Balance, said, "The API's answer holds no balance.")
    if balance.current_balance is not None:
        return balance.current_balance
    return (balance.balance or 0) / CREDITS_PER_DOLLAR
