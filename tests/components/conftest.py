"""The whole page, served once for all tests of this folder: by a v1 upstream, by a seed upstream, by the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from browsing import Visit, chromium, profile
from playwright.sync_api import Browser, sync_playwright
from running_page import OWNER_KEY, Site, serving
from upstream import Upstream

from services.engine import EmbeddedEngine
from services.settings import Settings


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """`served("v1")`, `served("seed")` or `served("engine")`, each started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))

        @cache
        def serve(form: str) -> Site:
            if form == "engine":
                engine = EmbeddedEngine()
                with pytest.MonkeyPatch.context() as quiet:
                    quiet.setenv("AIML_ENGINE_WARM", "0")
                    engine.start()
                settings = Settings(api_key="", api_base="", api_dialect="auto")  # type: ignore[arg-type]
                return stack.enter_context(serving(settings, None, engine))
            upstream = stack.enter_context(Upstream({form}))  # type: ignore[arg-type]
            settings = Settings(api_key=OWNER_KEY, api_base=upstream.base, api_dialect="auto", rate_limit=False)  # type: ignore[arg-type]
            return stack.enter_context(serving(settings, upstream))

        yield serve


@pytest.fixture
def site(served: Callable[[str], Site]) -> Site:
    """The page of an owner whose upstream speaks today's form; echoes by default."""
    site = served("v1")
    site.forget()
    return site


@pytest.fixture(params=["v1", "seed"])
def either_site(request: pytest.FixtureRequest, served: Callable[[str], Site]) -> Site:
    """The page before an upstream of each published form."""
    site = served(request.param)
    site.forget()
    return site


@pytest.fixture(params=["v1", "seed", pytest.param("engine", marks=pytest.mark.engine)])
def any_site(request: pytest.FixtureRequest, served: Callable[[str], Site]) -> Site:
    """The page before each published form, and before the embedded engine."""
    site = served(request.param)
    site.forget()
    return site


@pytest.fixture(scope="module")  # no longer: Playwright's loop would be in the way of asynchronous tests
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def resident(browser: Browser, served: Callable[[str], Site]) -> Iterator[Visit]:
    with profile(browser, served("v1")) as visit:
        yield visit


@pytest.fixture
def visit(resident: Visit, site: Site) -> Iterator[Visit]:
    """The page, loaded anew in a profile that the visits of a module share; `visiting` opens a fresh one."""
    with resident.clean():
        resident.open()
        yield resident
