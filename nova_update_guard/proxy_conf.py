"""The options of [proxy], read into values by one function."""

import re
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from nova_update_guard import conf
from nova_update_guard.options import GROUP, PROXY_GROUP

# No user, query or fragment, and nothing that must be encoded.
_PLACE = re.compile(r'https?://[^\s@?#/]+(?:/[!$-;=A-~]*)?\Z', re.IGNORECASE)


class ProxySettings(NamedTuple):
    """Where nova is, and how it is spoken to; times in seconds."""

    endpoints: tuple[str, ...]
    connect_timeout: float
    read_timeout: float
    body_timeout: float
    token_memory: float
    cafile: str
    certfile: str | None
    keyfile: str | None


def load(paste: Mapping[str, str]) -> ProxySettings:
    """Read the options of the proxy's app, like those of a filter.

    Raises OptionError, also for certificates that cannot be read.
    """
    with conf.told():
        if 'client_timeout' in paste:
            raise ValueError(
                'client_timeout: set it in [proxy] of the configuration file'
            )
        options = conf.read(paste, PROXY_GROUP)[PROXY_GROUP]
        # One option for the guard and for what only passes through.
        guard = conf.read(conf.file_of(paste), GROUP)[GROUP]
        return _settings(options, conf.seconds(guard, 'body_timeout'))


def client_timeout(paste: Mapping[str, str]) -> float:
    """Return the seconds that a client has to receive a response.

    *paste* only says which file to read: it is around all of the pipeline.

    Raises OptionError.
    """
    with conf.told():
        options = conf.read(paste, PROXY_GROUP)[PROXY_GROUP]
        return conf.seconds(options, 'client_timeout')


def _settings(options: Any, body_timeout: float) -> ProxySettings:
    if not options.nova_endpoints:
        raise ValueError('nova_endpoints: there must be one at least')
    for endpoint in options.nova_endpoints:
        _refuse_more_than_a_place(endpoint)
    if options.keyfile and not options.certfile:
        raise ValueError('keyfile: it belongs to a certfile, which is missing')
    cafile = options.cafile or ssl.get_default_verify_paths().cafile or ''
    if any(url.startswith('https:') for url in options.nova_endpoints):
        _try_certificates(cafile, options.certfile, options.keyfile)
    return ProxySettings(
        endpoints=tuple(options.nova_endpoints),
        connect_timeout=conf.seconds(options, 'connect_timeout'),
        read_timeout=conf.seconds(options, 'read_timeout'),
        body_timeout=body_timeout,
        token_memory=conf.seconds(options, 'token_memory'),
        cafile=cafile,
        certfile=options.certfile,
        keyfile=options.keyfile,
    )


def _refuse_more_than_a_place(endpoint: str) -> None:
    """Refuse a URL with more than scheme, host, port and a path."""
    if not _PLACE.match(endpoint) or not urlsplit(endpoint).hostname:
        raise ValueError(
            f'nova_endpoints: {endpoint!r} is more or less than '
            'http(s)://host:port/path'
        )
    try:
        _ = urlsplit(endpoint).port
    except ValueError as error:
        raise ValueError(f'nova_endpoints: {endpoint!r}: {error}') from None


def _try_certificates(
    cafile: str, certfile: str | None, keyfile: str | None
) -> None:
    """Raise ValueError if the files are not what they should be."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    path = f'cafile = {cafile}'
    try:
        tls.load_verify_locations(cafile)
        if certfile:
            path = f'certfile = {certfile}'
            path += f', keyfile = {keyfile}' if keyfile else ''
            tls.load_cert_chain(certfile, keyfile)
    except OSError as error:
        raise ValueError(f'{path}: {error}') from None
