import socket

import pytest
from tools.local import sockets
from tools.local.failures import CannotRun


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with sockets.listen("127.0.0.1", 0, variable="PORT") as taken:
        port = sockets.port_of(taken)
        with pytest.raises(CannotRun, match=rf"127\.0\.0\.1:{port} \(.+\): .* PORT=…"):
            sockets.listen("127.0.0.1", port, variable="PORT")


def test_clients_on_this_machine_find_it() -> None:
    for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104
        with sockets.listen(host, 0, variable="AWS_PORT") as bound:
            assert sockets.url_of(bound) == f"http://127.0.0.1:{sockets.port_of(bound)}"


def test_a_port_is_free_again_at_once() -> None:
    with sockets.listen("127.0.0.1", 0, variable="PORT") as first:
        port = sockets.port_of(first)
        with socket.create_connection(("127.0.0.1", port)):
            connection, _ = first.accept()
            connection.close()
    sockets.listen("127.0.0.1", port, variable="PORT").close()


def test_the_usual_port_of_the_embedded_aws_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with sockets.listen("127.0.0.1", 0, variable="PORT") as taken:
        monkeypatch.setattr(sockets, "USUAL_AWS_PORT", sockets.port_of(taken))
        with sockets.listen_for_aws("127.0.0.1", None) as other:
            assert sockets.port_of(other) != sockets.port_of(taken)
        with pytest.raises(CannotRun, match="AWS_PORT"):
            sockets.listen_for_aws("127.0.0.1", sockets.port_of(taken))
