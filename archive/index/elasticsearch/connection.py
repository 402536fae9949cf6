"""The client: who we are, whom we trust, and what its errors mean to a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import elasticsearch as es
from elastic_transport import ConnectionTimeout, TlsError, TransportError

from archive.errors import EngineError, InputError
from archive.index.elasticsearch.address import Address
from archive.settings import Settings


def connect(address: Address, settings: Settings) -> es.Elasticsearch:
    """Give a client of the cluster; nothing is asked of it yet."""
    key = settings.elasticsearch_api_key
    if key and not (address.encrypted or address.stays_here):
        raise InputError(
            f"The API key would go to {address} in clear: write elasticsearch+https:// there."
        )
    options: dict[str, Any] = {}
    if key:
        options["api_key"] = key.get_secret_value()
    if address.encrypted and settings.elasticsearch_ca:
        if not settings.elasticsearch_ca.is_file():
            raise InputError(f"There is no file {settings.elasticsearch_ca} of certificates.")
        options["ca_certs"] = str(settings.elasticsearch_ca)
    return es.Elasticsearch(
        address.urls,
        request_timeout=settings.elasticsearch_timeout,
        retry_on_timeout=False,
        max_retries=len(address.hosts),
        http_compress=not address.stays_here,
        **options,
    )


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Turn the client's errors into one sentence for a user."""
    try:
        yield
    except TlsError as error:
        raise EngineError(
            f"The certificate of {address} is not trusted ({_short(error)}): name the authority's "
            "file in ANYU_ELASTICSEARCH_CA."
        ) from error
    except ConnectionTimeout as error:
        raise EngineError(f"The index at {address} did not answer in time: it waits.") from error
    except (TransportError, es.ApiError) as error:
        raise EngineError(_sentence(address, error)) from error


def _sentence(address: Address, error: TransportError | es.ApiError) -> str:
    status = error.status_code if isinstance(error, es.ApiError) else 0
    if status in {401, 403} and "cluster_block" not in str(error):
        return (
            f"The index at {address} does not let us in ({status}): "
            "give a key with ANYU_ELASTICSEARCH_API_KEY."
        )
    if status == 429:
        return f"The index at {address} has too much to do or a full disk: {_short(error)}"
    if status:
        return f"The index at {address} cannot do this: {_short(error)}"
    return f"The index at {address} cannot be reached: {_short(error)}"


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:300]
