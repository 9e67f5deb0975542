"""The environment, read once."""

import pytest
from pydantic import ValidationError

from services.settings import Settings


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
