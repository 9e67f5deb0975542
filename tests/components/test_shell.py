"""What stands around the tabs."""

from components import shell
from services.endpoint import Endpoint

API, ENGINE = Endpoint.at("https://api.aimlapi.com/v1"), Endpoint.at("http://127.0.0.1:1", embedded=True)


def test_the_chip_says_when_the_owners_key_is_switched_off():
    assert "switched off" in shell.chip(ENGINE, switched_off=True)
    assert "no key needed" in shell.chip(ENGINE)


def test_the_chip_says_what_is_left_of_the_budget_before_it_bites():
    assert "$0.08 of $0.10 left &lt;" in shell.chip(API, left="$0.08 of $0.10 left <")
