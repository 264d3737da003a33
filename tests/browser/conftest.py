"""A Superset that shows the built demo, and a browser that may talk to nothing else."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from foretell.dashboards.client import SupersetClient
from foretell.dashboards.home import HOME_VARIABLE, VENV_VARIABLE, SupersetHome
from foretell.dashboards.push import Choice, Pushed, push
from foretell.dashboards.server import ADMIN, down, up
from foretell.dashboards.session import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHECKOUT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class DemoSuperset:
    """A running Superset that was pushed to."""

    url: str
    user: str
    password: str
    home: SupersetHome
    project_dir: Path
    serving: Path

    def target(self, dashboards: Path | None = None) -> Target:
        """The demo's own dashboards, or those of another folder, and this Superset."""
        return Target(
            dashboards=dashboards or self.project_dir / "dashboards",
            project_dir=self.project_dir,
            url=self.url,
            home=self.home,
            serving=self.serving,
        )

    def push(self, dashboards: Path | None = None, **choice: Any) -> Pushed:
        """Push as ``foretell dashboards push`` does."""
        return push(self.target(dashboards), Choice(**choice))

    def client(self) -> SupersetClient:
        """A logged-in client of its API."""
        return SupersetClient(self.url, user=self.user, password=self.password)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def demo_superset(
    built_demo: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DemoSuperset]:
    """The Superset that the environment names, else one started for this session."""
    with pytest.MonkeyPatch.context() as environment:
        given = os.environ.get("FORETELL_TEST_SUPERSET_URL")
        shared = CHECKOUT / ".foretell" / "superset"
        if given:
            home = SupersetHome.locate(None if HOME_VARIABLE in os.environ else shared)
        else:
            home = SupersetHome.locate(tmp_path_factory.mktemp("superset") / "home")
            if VENV_VARIABLE not in os.environ:
                # One environment of 700 MB serves `make demo` and `make test`.
                environment.setenv(VENV_VARIABLE, str(shared / "venv"))
        url = given or up(home, host="127.0.0.1", port=_free_port(), say=print).server.url
        try:
            password = os.environ.get("FORETELL_SUPERSET_PASSWORD")
            superset = DemoSuperset(
                url=url,
                user=os.environ.get("FORETELL_SUPERSET_USER", ADMIN),
                password=password or home.password_file.read_text().strip(),
                home=home,
                project_dir=built_demo.project_dir,
                serving=built_demo.serving,
            )
            superset.push()
            yield superset
        finally:
            if not given:
                down(home)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The distribution's Chromium; required where CI is set, else its absence skips."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    program = next(filter(None, found), None)
    if program is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("No Chromium found: install chromium, chromium-browser or google-chrome.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@dataclass(frozen=True)
class WatchedPage:
    """A page, and the requests that its own security policy did not keep on this machine."""

    page: Page
    strayed: list[str]


@pytest.fixture
def watched(browser: Browser, demo_superset: DemoSuperset) -> Iterator[WatchedPage]:
    """A page as wide as a desk's screen that cannot reach anything but Superset."""
    context = browser.new_context(viewport={"width": 1440, "height": 2400})
    strayed: list[str] = []

    def is_local(address: str) -> bool:
        return address.startswith((demo_superset.url + "/", "data:", "blob:"))

    # What the policy blocks fails as "csp" before it is routed, so it never gets here.
    def refuse(route: Any) -> None:
        strayed.append(route.request.url)
        route.abort()

    context.route(lambda address: not is_local(address), refuse)
    page = context.new_page()
    page.on("response", lambda r: None if is_local(r.url) else strayed.append(r.url))
    yield WatchedPage(page, strayed)
    context.close()
