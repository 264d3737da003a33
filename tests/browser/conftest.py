"""A Superset that shows the built demo, and a browser that may talk to nothing else."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from foretell.dashboards.superset.client import SupersetClient
from foretell.dashboards.superset.home import HOME_VARIABLE, VENV_VARIABLE, SupersetHome
from foretell.dashboards.superset.server import ADMIN, down, up
from foretell.dashboards.sync.push import Pushed, push
from foretell.dashboards.sync.session import Choice, Target
from foretell.errors import SupersetError
from skipped import NO_BROWSER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Request

CHECKOUT = Path(__file__).parents[2]
#: Milliseconds to wait for what must come: long enough for a machine that does much else.
PATIENCE = 120_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name is known, so that no page reaches anything but this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class Person:
    """Somebody who logs in."""

    name: str
    password: str


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

    def client(self, person: Person | None = None) -> SupersetClient:
        """A client of its API, logged in as the admin or as somebody else."""
        who = person or self.admin
        return SupersetClient(self.url, user=who.name, password=who.password)

    @property
    def admin(self) -> Person:
        """Who pushes."""
        return Person(self.user, self.password)


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
def people(demo_superset: DemoSuperset) -> Iterator[dict[str, Person]]:
    """One person per role, made on the command line."""
    made = {"admin": demo_superset.admin}
    for role in ("stakeholder", "analyst"):
        made[role] = Person(f"{role}_{secrets.token_hex(3)}", secrets.token_urlsafe(12))
        said = add_user(demo_superset, made[role], role)
        assert said.returncode == 0, said.stdout
        assert made[role].password not in said.stdout
    yield made
    names = {person.name for role, person in made.items() if role != "admin"}
    with demo_superset.client() as client:
        for row in list(client.all("/api/v1/security/users/", ("id", "username"))):
            if row["username"] in names:
                # Superset keeps whoever once made something.
                with contextlib.suppress(SupersetError):
                    client.delete(f"/api/v1/security/users/{row['id']}")


def add_user(superset: DemoSuperset, person: Person, role: str) -> subprocess.CompletedProcess[str]:
    """`foretell superset add-user`."""
    return subprocess.run(
        [
            Path(sys.executable).with_name("foretell"),
            *("superset", "add-user", person.name, "--role", role, "--url", superset.url),
        ],
        env={
            **os.environ,
            "FORETELL_NEW_PASSWORD": person.password,
            "FORETELL_SUPERSET_USER": superset.user,
            "FORETELL_SUPERSET_PASSWORD": superset.password,
        },
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The distribution's Chromium; required where CI is set, else its absence skips."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    program = next(filter(None, found), None)
    if program is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"{NO_BROWSER}: install chromium, chromium-browser or google-chrome.")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@dataclass(frozen=True)
class WatchedPage:
    """A page, and what it asked of others than Superset that its own policy did not block."""

    page: Page
    strayed: list[str]


@pytest.fixture(scope="session")
def _profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all, as of somebody whose browser has seen these pages' scripts before."""
    context = browser.new_context(viewport={"width": 1440, "height": 2400})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def watched(_profile: BrowserContext, demo_superset: DemoSuperset) -> Iterator[WatchedPage]:
    """A page as wide as a desk's screen, of somebody who has not logged in yet."""
    page = _profile.new_page()
    forget = {"origin": demo_superset.url, "storageTypes": "cookies,local_storage,indexeddb"}
    devtools = _profile.new_cdp_session(page)
    devtools.send("Storage.clearDataForOrigin", forget)
    devtools.detach()
    strayed: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((demo_superset.url + "/", "data:", "blob:")):
            strayed.append(request.url)

    def take_back(request: Request) -> None:
        # What the page's policy blocks was never sent.
        if request.failure == "csp" and request.url in strayed:
            strayed.remove(request.url)

    page.on("request", note)
    page.on("requestfailed", take_back)
    yield WatchedPage(page, strayed)
    page.close()
