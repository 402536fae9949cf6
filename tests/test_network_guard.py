"""The guard itself."""

import socket

import pytest


def test_an_address_outside_is_refused_and_loopback_is_not() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="only loopback"):
        outside.connect(("192.0.2.1", 80))
    with socket.socket() as listening, socket.socket() as inside:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        inside.connect(listening.getsockname())
