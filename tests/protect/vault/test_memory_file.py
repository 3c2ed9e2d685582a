"""Plain files in memory."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from guanyao.errors import ConfigError
from guanyao.protect.vault import memory_file as module
from guanyao.protect.vault.memory_file import memory_file, memory_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs memfd_create")


def test_a_file_that_readers_open_as_any_other() -> None:
    with memory_file(".csv.gz") as (file, path):
        file.write(b"plain")
        assert path.name == "item.csv.gz"
        assert path.is_file()
        assert path.read_bytes() == b"plain"
        assert str(path.resolve()).startswith("/memfd:")
        assert oct(path.parent.parent.stat().st_mode)[-3:] == "700"
    assert not path.parent.parent.exists()


def test_a_folder_that_is_gone_afterwards() -> None:
    with memory_folder() as folder:
        (folder / "a").write_bytes(b"plain")
        assert folder.is_relative_to(module.MEMORY)
        assert oct(folder.parent.stat().st_mode)[-3:] == "700"
        with memory_folder() as other:
            assert folder != other
        assert (folder / "a").exists()
    assert not folder.parent.exists()


def test_a_failure_leaves_no_folder() -> None:
    with pytest.raises(KeyboardInterrupt), memory_folder() as folder:
        (folder / "a").write_bytes(b"plain")
        raise KeyboardInterrupt
    assert not folder.parent.exists()


def test_what_a_killed_process_left_is_swept() -> None:
    code = (
        "from guanyao.protect.vault.memory_file import memory_folder\n"
        "import os, signal\n"
        "with memory_folder() as folder:\n"
        "    (folder / 'a').write_bytes(b'plain')\n"
        "    print(folder, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    left = Path(done.stdout.strip())
    assert left.is_dir()
    with memory_folder():
        assert not left.parent.exists()


def test_elsewhere_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    for opened in (memory_file(".csv"), memory_folder()):
        with pytest.raises(ConfigError) as caught, opened:
            raise AssertionError
        assert caught.value.code == "vault.platform"


def test_sweeping_follows_no_link_and_leaves_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may make folders of that name there, with links in them to anywhere."""
    monkeypatch.setattr(module, "MEMORY", tmp_path)
    trap = tmp_path / f"{module.FOLDER}trap"
    trap.mkdir()
    (trap / "lock").symlink_to(tmp_path / "made")
    with memory_folder():
        pass
    assert not (tmp_path / "made").exists()
    (trap / "lock").unlink()
    monkeypatch.setattr(module.os, "geteuid", lambda: trap.stat().st_uid + 1)
    with memory_folder():
        pass
    assert trap.exists()
