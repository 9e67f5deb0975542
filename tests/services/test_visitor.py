"""Who asks: the address behind our own proxies, and the name under which money is kept."""

import pytest

from services.visitor import Visitor


def at(*forwarded: str, peer: str = "9.9.9.9") -> Visitor:
    return Visitor("s", peer=peer, forwarded=forwarded)


def test_without_a_known_number_of_proxies_no_address_is_used():
    assert at("1.1.1.1", "2.2.2.2").address(0) == ""


@pytest.mark.parametrize(("hops", "address"), [(1, "3.3.3.3"), (2, "2.2.2.2"), (3, "1.1.1.1")])
def test_the_address_is_what_the_outermost_of_our_proxies_saw(hops, address):
    assert at("1.1.1.1", "2.2.2.2", "3.3.3.3").address(hops) == address


def test_what_a_caller_writes_before_it_changes_nothing():
    assert {at(made_up, "3.3.3.3").address(1) for made_up in ("a", "127.0.0.1", "5.5.5.5")} == {"3.3.3.3"}


def test_who_comes_around_the_proxies_is_one_address_for_all():
    assert {at(made_up).address(2) for made_up in ("1.1.1.1", "2.2.2.2")} == {"around the proxy"}
    assert at().address(1) == "9.9.9.9"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:2"),
        ("[2001:db8::1]:443", "2001:DB8:0:0::9"),
        ("::ffff:1.2.3.4", "1.2.3.4:5000"),
        ("unknown", "_hidden"),
    ],
)
def test_two_spellings_of_one_line_are_one_address(one, other):
    assert at(one).address(1) == at(other).address(1)


def test_two_networks_are_two_addresses():
    assert at("2001:db8:0:1::1").address(1) != at("2001:db8:0:2::1").address(1)


def test_money_is_kept_under_a_digest_of_the_address_else_of_the_session():
    visitor = Visitor("canary-session", forwarded=("1.2.3.4",))
    assert visitor.account(1) == Visitor("another", forwarded=("1.2.3.4",)).account(1)
    assert visitor.account(0) == Visitor("canary-session").account(0) != visitor.account(1)
    assert "1.2.3.4" not in visitor.account(1)
    assert "canary" not in visitor.account(0)
