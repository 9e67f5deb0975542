"""The environment, read once."""

from dataclasses import fields

import pytest
from pydantic import ValidationError

from services.limits import Limits
from services.settings import Settings, sentences


def test_without_an_environment_no_api_is_named():
    settings = Settings()
    assert (settings.api_key.get_secret_value(), settings.api_base, settings.api_dialect) == ("", "", "auto")
    assert not settings.names_an_api


@pytest.mark.parametrize(("name", "value"), [("AIML_API_KEY", "k"), ("AIML_API_BASE", "http://localhost:1/v1")])
def test_a_key_or_a_base_names_an_api(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert Settings().names_an_api


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    for name in ("AIML_API_KEY", "AIML_API_BASE", "AIML_API_DIALECT"):
        monkeypatch.setenv(name, "")
    assert Settings() == Settings(api_key="", api_base="", api_dialect="auto")
    assert not Settings().names_an_api


@pytest.mark.parametrize("text", [" sk-1\n", '"sk-1"', "'sk-1'"])
def test_a_key_from_a_file_loses_its_spaces_and_quotes(monkeypatch, text):
    monkeypatch.setenv("AIML_API_KEY", text)
    assert Settings().api_key.get_secret_value() == "sk-1"


@pytest.mark.parametrize("text", ["canary-ключ", "canary two", "canary\nx"])
def test_a_key_that_no_header_can_carry_stops_the_start_without_being_shown(text):
    with pytest.raises(ValidationError) as refused:
        Settings(api_key=text)
    assert "AIML_API_KEY" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "base", ["ftp://x", "api.aimlapi.com", "https://", "javascript:alert(1)", "file:///etc/passwd"]
)
def test_a_base_that_is_no_web_address_stops_the_start(base):
    with pytest.raises(ValidationError, match="AIML_API_BASE"):
        Settings(api_base=base)


def test_a_base_keeps_no_space_and_no_last_slash():
    assert Settings(api_base=" https://host.example/v1/ ").api_base == "https://host.example/v1"


def test_a_dialect_that_is_not_published_stops_the_start(monkeypatch):
    monkeypatch.setenv("AIML_API_DIALECT", "v2")
    with pytest.raises(ValidationError, match="api_dialect"):
        Settings()


def test_settings_do_not_change_and_do_not_show_the_key():
    settings = Settings(api_key="canary")
    assert "canary" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    with pytest.raises(ValidationError):
        settings.api_base = "https://elsewhere.example"


def test_nothing_is_read_when_the_module_is_imported(monkeypatch):
    monkeypatch.setenv("AIML_API_KEY", "later")
    assert Settings().api_key.get_secret_value() == "later"


# Limits, budget, models


def refused(monkeypatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as wrong:
        Settings()
    return sentences(wrong.value)


def test_every_limit_is_a_variable(monkeypatch):
    names = [field.name for field in fields(Limits)]
    for name in names:
        monkeypatch.setenv(f"AIML_LIMIT_{name.upper()}", "7")
    limit = Settings().limit
    assert [getattr(limit, name) for name in names] == [7] * len(names)


def test_a_limit_that_is_not_set_keeps_its_value(monkeypatch):
    monkeypatch.setenv("AIML_LIMIT_FIRST_BYTE_CHAT", "2.5")
    monkeypatch.setenv("AIML_LIMIT_STALL", "")
    assert Settings().limit == Limits(first_byte_chat=2.5)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AIML_LIMIT_CONNECT", "0", "AIML_LIMIT_CONNECT: should be greater than 0"),
        ("AIML_LIMIT_CONNECT", "nan", "AIML_LIMIT_CONNECT: should be a finite number"),
        ("AIML_LIMIT_TURNS", "many", "AIML_LIMIT_TURNS: should be a valid integer"),
        ("AIML_LIMIT_" + "CONECT", "3", "AIML_LIMIT_CONECT is no setting"),
        ("AIML_TRUSTED_HOPS", "-1", "AIML_TRUSTED_HOPS: should be greater than or equal to 0"),
        ("AIML_BUDGET_DAY_USD", "-1", "AIML_BUDGET_DAY_USD: should be"),
        ("AIML_BUDGET_DAY_USD", "inf", "AIML_BUDGET_DAY_USD: should be a finite number"),
        ("AIML_RATE_LIMIT", "perhaps", "AIML_RATE_LIMIT: should be a valid boolean"),
        ("AIML_STORAGE", "canary", "AIML_STORAGE must be memory:// or the address of a Redis"),
    ],
)
def test_a_wrong_value_is_told_by_its_variables_name(monkeypatch, name, value, words):
    said = refused(monkeypatch, **{name: value})
    assert said.startswith(words)
    assert "canary" not in said


def test_all_that_is_wrong_is_told_at_once(monkeypatch):
    said = refused(monkeypatch, AIML_LIMIT_TURNS="x", AIML_KILL_SWITCH="x", AIML_API_BASE="x")
    assert said.count("; ") == 2


@pytest.mark.parametrize(("said", "meant"), [("on", True), ("1", True), ("off", False), ("false", False)])
def test_a_switch_takes_the_words_that_people_use(monkeypatch, said, meant):
    monkeypatch.setenv("AIML_RATE_LIMIT", said)
    monkeypatch.setenv("AIML_KILL_SWITCH", said)
    assert (Settings().rate_limit, Settings().kill_switch) == (meant, meant)


def test_models_are_a_list_with_commas(monkeypatch):
    monkeypatch.setenv("AIML_MODELS", "openai/gpt-4o-mini, flux/*,,")
    assert Settings().models == ("openai/gpt-4o-mini", "flux/*")


def test_the_password_of_a_redis_is_not_shown():
    settings = Settings(storage="redis://:can%2Fary@host/0", api_key="k", metrics_token="t")
    assert "ary" not in repr(settings)
    assert {secret.get_secret_value() for secret in settings.secrets} == {"k", "t", "can/ary"}


def test_after_the_kill_switch_no_api_is_named():
    assert not Settings(api_key="k", api_base="http://localhost:1", kill_switch=True).names_an_api
