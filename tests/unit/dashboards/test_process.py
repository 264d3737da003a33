"""Only a process that was started here is ever ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from foretell.dashboards.superset.home import VENV_VARIABLE, SupersetHome, secret
from foretell.dashboards.superset.process import ServerProcess, start_time
from foretell.dashboards.superset.server import up
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.two_processes


@pytest.fixture
def sleeper() -> subprocess.Popen[bytes]:
    """A process of its own group."""
    return subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )


def test_a_server_is_ended_and_reaped(sleeper: subprocess.Popen[bytes]) -> None:
    server = ServerProcess(sleeper.pid, start_time(sleeper.pid) or "", "127.0.0.1", 1)
    server.stop()
    assert not server.is_running


def test_a_process_id_used_again_is_left_alone(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "server.json"
    ServerProcess(sleeper.pid, "started long ago", "127.0.0.1", 1).save(file)
    assert ServerProcess.load(file) is None
    assert not file.exists()
    ServerProcess(sleeper.pid, "started long ago", "127.0.0.1", 1).stop()
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


def test_a_taken_port_is_named_and_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VENV_VARIABLE, raising=False)
    home = SupersetHome(tmp_path / "home")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SupersetError, match=rf"Port {port} .*--port {port + 1}"):
            up(home, host="127.0.0.1", port=port, say=print)
    assert not home.venv.exists()


def test_secrets_are_private_and_kept(tmp_path: Path) -> None:
    made, is_new = secret(tmp_path / "password")
    assert is_new
    assert secret(tmp_path / "password") == (made, False)
    assert os.stat(tmp_path / "password").st_mode & 0o777 == 0o600


def test_a_second_command_in_the_same_home_is_refused(tmp_path: Path) -> None:
    home = SupersetHome(tmp_path)
    with home.alone(), pytest.raises(SupersetError, match="Another foretell command"), home.alone():
        pass
