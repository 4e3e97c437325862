"""The options of [proxy], read into values by one function."""

import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from nova_update_guard import conf
from nova_update_guard.options import PROXY_GROUP


class ProxySettings(NamedTuple):
    """Where nova is, and how it is spoken to; times in seconds."""

    endpoints: tuple[str, ...]
    connect_timeout: float
    read_timeout: float
    cafile: str
    certfile: str | None
    keyfile: str | None


def load(paste: Mapping[str, str]) -> ProxySettings:
    """Read the options of the proxy's app, like those of a filter.

    Raises OptionError, also for certificates that cannot be read.
    """
    with conf.told():
        return _settings(conf.read(paste, PROXY_GROUP)[PROXY_GROUP])


def _settings(options: Any) -> ProxySettings:
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
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
        cafile=cafile,
        certfile=options.certfile,
        keyfile=options.keyfile,
    )


def _refuse_more_than_a_place(endpoint: str) -> None:
    """Refuse a URL with more than scheme, host, port and a path."""
    url = urlsplit(endpoint)
    if not url.hostname or url.query or url.fragment or '@' in url.netloc:
        raise ValueError(
            f'nova_endpoints: {endpoint!r} is more or less than '
            'http(s)://host:port/path'
        )
    # Raises ValueError for what is no port.
    _ = url.port


def _try_certificates(
    cafile: str, certfile: str | None, keyfile: str | None
) -> None:
    """Raise ValueError if the files are not what they should be."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    path = cafile
    try:
        tls.load_verify_locations(cafile)
        if certfile:
            path = f'{certfile}, {keyfile}' if keyfile else certfile
            tls.load_cert_chain(certfile, keyfile)
    except OSError as error:
        raise ValueError(f'{path}: {error}') from None
