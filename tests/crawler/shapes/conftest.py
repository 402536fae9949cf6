"""A shape really served on loopback, without a limit of rate unless a test wants one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest

from crawler.sandbox.server import Sandbox, sandbox
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.trouble import Bucket


@contextmanager
def _serve(shape: Shape, **options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    bucket = options.pop("bucket", Bucket(burst=1e6, rate=1e6))
    with (
        sandbox(shape=shape, bucket=bucket, **options) as running,
        httpx.Client(base_url=running.url, follow_redirects=False) as client,
    ):
        yield running, client


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[tuple[Sandbox, httpx.Client]]]:
    """Give the way to start a shape with a state of its own."""
    return _serve
