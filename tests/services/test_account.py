"""The balance, which is also the test of a key."""

import pytest
from contract_check import example
from pydantic import SecretStr
from upstream import Answer, Upstream

from services.account import Account, AccountService
from services.endpoint import Endpoint
from services.errors import MalformedReply, Unauthorized, Unavailable, Unreachable
from services.fetch import Fetcher

KEY = SecretStr("mine")


async def test_a_good_key_shows_its_balance(upstream):
    account = await AccountService(Fetcher()).check(Endpoint.at(upstream.base, KEY))
    assert account == Account(True, 12.34, "The key works. Balance: $12.34.")
    assert [(call.path, call.key) for call in upstream.calls] == [("/v2/billing", "mine")]


async def test_the_older_route_counts_in_credits(upstream):
    upstream.plan("/v2/billing", Answer.refusing(404, "Cannot GET /v2/billing"))
    account = await AccountService(Fetcher()).check(Endpoint.at(upstream.base, KEY))
    assert (account.valid, account.balance_usd) == (True, 12.34)
    assert [call.path for call in upstream.calls] == ["/v2/billing", "/v1/billing/balance"]


async def test_a_key_that_is_refused_says_so():
    with Upstream(keys={"other"}) as upstream:
        with pytest.raises(Unauthorized) as refused:
            await AccountService(Fetcher()).check(Endpoint.at(upstream.base, KEY))
        assert len(upstream.calls) == 1
    assert refused.value.status == 401
    assert "mine" not in refused.value.sentence + refused.value.detail


async def test_a_server_without_these_routes_leaves_it_open(upstream):
    upstream.always("/v2/billing", Answer.refusing(404, "no"))
    upstream.always("/v1/billing/balance", Answer.refusing(404, "no"))
    account = await AccountService(Fetcher()).check(Endpoint.at(upstream.base, KEY))
    assert (account.valid, account.balance_usd) == (None, None)
    assert "can't be tested here" in account.message


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.refusing(503, "down"), Unavailable),
        (Answer(json={"current_balance": "lots"}), MalformedReply),
        (Answer(json={"current_balance": True}), MalformedReply),
        (Answer(json=[]), MalformedReply),
        (Answer(body=b'{"current_balance": NaN}', content_type="application/json"), MalformedReply),
        (Answer(body="<html>", content_type="text/html"), MalformedReply),
    ],
)
async def test_trouble_is_not_a_balance(upstream, answer, error):
    upstream.plan("billing", answer)
    with pytest.raises(error):
        await AccountService(Fetcher()).check(Endpoint.at(upstream.base, KEY))


async def test_nobody_there_is_not_a_wrong_key(upstream):
    endpoint = Endpoint.at(upstream.base, KEY)
    upstream.stop()
    with pytest.raises(Unreachable):
        await AccountService(Fetcher()).check(endpoint)


async def test_an_empty_account_is_still_a_good_key(upstream):
    upstream.plan("billing", Answer(json={**example("account", "billing")["response"], "current_balance": 0}))
    account = await AccountService(Fetcher()).check(Endpoint.at(upstream.base, KEY))
    assert (account.valid, account.balance_usd) == (True, 0)
