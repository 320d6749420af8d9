"""The memory of a server is found by whichever address it listens at."""

import socket
from pathlib import Path

import pytest
from tools.resident import memory

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
LINE = "   0: {local}:1F40 00:00 {state} 00:00 00:00 00  0  0 {inode} 1 0\n"
V4, V6 = "0100007F", "00000000000000000000000001000000"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    for pid, inode, kilobytes in (("10", 77, 1000), ("11", 77, 500), ("12", 78, 9)):
        descriptors = tmp_path / pid / "fd"
        descriptors.mkdir(parents=True)
        (descriptors / "3").symlink_to(f"socket:[{inode}]")
        (tmp_path / pid / "status").write_text(f"Name:\tx\nVmRSS:\t{kilobytes} kB\n")
    return tmp_path


@pytest.mark.parametrize(("table", "local"), [("tcp", V4), ("tcp6", V6)])
def test_all_processes_that_listen_are_added_up(proc: Path, table: str, local: str) -> None:
    listens = LINE.format(local=local, state="0A", inode=77)
    (proc / "net" / table).write_text(HEAD + listens)
    assert memory(8000, proc=proc) == 1_536_000
    assert memory(8001, proc=proc) is None


def test_connection_is_no_listener(proc: Path) -> None:
    (proc / "net/tcp").write_text(HEAD + LINE.format(local=V4, state="01", inode=77))
    assert memory(8000, proc=proc) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_linux_tells_it_of_this_process(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        server = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {address}")
    with server:
        found = memory(server.getsockname()[1])
    assert found is None or found > 1_000_000
    assert (found is None) == (not Path("/proc/net/tcp").exists())
