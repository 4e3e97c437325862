"""Load the options of [proxy] into settings."""

import functools
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from nova_update_guard.compute_api import paths
from nova_update_guard.conf import loader
from nova_update_guard.conf.option_mistakes import placed, refuse_all
from nova_update_guard.conf.options import GROUP
from nova_update_guard.conf.proxy_options import PROXY_GROUP

# The file names by which OpenSSL finds a certificate in a folder.
_HASHED = re.compile(r'[0-9a-f]{8}\.[0-9]+\Z')
# A URL without user, query or fragment, and with nothing that must be encoded.
_PLACE = re.compile(r'https?://[^\s@?#/]+(?:/[!$-;=A-~]*)?\Z', re.IGNORECASE)


class ProxySettings(NamedTuple):
    """nova's endpoints, and the settings of connections; times in seconds.

    nova's certificate is verified by those in the file *cafile*, in the folder
    *capath*, or in either.
    """

    endpoints: tuple[str, ...]
    connect_timeout: float
    read_timeout: float
    body_timeout: float
    token_cache_time: float
    cafile: str | None
    capath: str | None
    certfile: str | None
    keyfile: str | None


def load(paste: Mapping[str, str]) -> ProxySettings:
    """Load the options of the proxy's app, like those of a filter.

    Raises OptionError, also for certificates that cannot be read.
    """
    with loader.config_errors(PROXY_GROUP):
        if 'client_timeout' in paste:
            raise ValueError(
                'client_timeout: set it in [proxy] of the configuration file'
            )
        conf, mistakes = loader.parsed(paste, PROXY_GROUP)
        options = conf[PROXY_GROUP]
        refuse_all(
            (placed(conf, PROXY_GROUP, check) for check in _checks(options)),
            mistakes,
        )
        # The guard's option also holds for requests that only pass through.
        guard = loader.read(loader.config_file_options(paste), GROUP)[GROUP]
        return _settings(options, loader.seconds(guard, 'body_timeout'))


def client_timeout(paste: Mapping[str, str]) -> float:
    """Return the seconds that a client has to receive a response.

    *paste* only names the file to read: this is around all of the pipeline.

    Raises OptionError.
    """
    with loader.config_errors(PROXY_GROUP):
        options = loader.read(paste, PROXY_GROUP)[PROXY_GROUP]
        return loader.seconds(options, 'client_timeout')


def _settings(options: Any, body_timeout: float) -> ProxySettings:
    cafile, capath = _authorities(options.cafile)
    return ProxySettings(
        endpoints=tuple(options.nova_endpoints),
        connect_timeout=loader.seconds(options, 'connect_timeout'),
        read_timeout=loader.seconds(options, 'read_timeout'),
        body_timeout=body_timeout,
        token_cache_time=loader.seconds(options, 'token_cache_time'),
        cafile=cafile,
        capath=capath,
        certfile=options.certfile,
        keyfile=options.keyfile,
    )


def _checks(options: Any) -> Iterator[Callable[[], object]]:
    """Yield functions that raise ValueError, each for one kind of mistake."""
    yield functools.partial(_refuse_none, options.nova_endpoints)
    for endpoint in options.nova_endpoints:
        yield functools.partial(_refuse_more_than_a_place, endpoint)
    yield functools.partial(
        _refuse_key_alone, options.certfile, options.keyfile
    )
    if any(url.startswith('https:') for url in options.nova_endpoints):
        found = _authorities(options.cafile)
        yield functools.partial(_try_authorities, *found)
        yield functools.partial(
            _try_certificate, options.certfile, options.keyfile
        )
    for name in ('connect_timeout', 'read_timeout', 'token_cache_time'):
        yield functools.partial(loader.seconds, options, name)


def _refuse_none(endpoints: Sequence[str]) -> None:
    if not endpoints:
        raise ValueError('nova_endpoints: give at least one URL')


def _refuse_key_alone(certfile: str | None, keyfile: str | None) -> None:
    if keyfile and not certfile:
        raise ValueError('keyfile: set certfile, too')


def _refuse_more_than_a_place(endpoint: str) -> None:
    """Raise ValueError for a URL of more than scheme, host, port, path."""
    if not (_PLACE.match(endpoint) and loader.is_url(endpoint)):
        raise ValueError(
            f'nova_endpoints: {endpoint!r} is not of the form '
            f'{loader.URL_FORM}'
        )
    path = unquote(urlsplit(endpoint).path)
    if paths.has_dot_segment(path):
        raise ValueError(
            f'nova_endpoints: {endpoint!r}: write the path without . and ..'
        )
    if paths.names_version(path):
        # The guard uses the version in the path of a request.
        raise ValueError(
            f'nova_endpoints: {endpoint!r}: write the path without v2 or '
            'v2.1, which the paths of requests begin with'
        )


def _authorities(cafile: str | None) -> tuple[str | None, str | None]:
    """Return the file and the folder of certificates that verify nova's.

    Without a *cafile* they are the system's, as Python's OpenSSL finds them:
    SSL_CERT_FILE and SSL_CERT_DIR override the places.
    """
    if cafile:
        return cafile, None
    system = ssl.get_default_verify_paths()
    return system.cafile, system.capath


def _try_authorities(cafile: str | None, capath: str | None) -> None:
    """Raise ValueError if nova's certificate cannot be verified by these."""
    try:
        if not cafile and not _is_hashed(capath):
            raise ValueError(f'cafile: {_no_authorities(capath)}')
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.load_verify_locations(cafile, capath)
    except OSError as error:
        raise ValueError(f'cafile = {cafile or capath}: {error}') from None


def _no_authorities(capath: str | None) -> str:
    """Return the advice if the system has no certificates in *capath*."""
    name = 'set it to the PEM file of the CA certificates that verify nova'
    if not capath:
        return f'the system has no certificates: {name}'
    return (
        f'the certificates of the system in {capath} do not have the names '
        f'that OpenSSL looks for: run openssl rehash {capath}, or {name}'
    )


def _is_hashed(folder: str | None) -> bool:
    """Return whether OpenSSL can find a certificate in *folder*."""
    return folder is not None and any(
        _HASHED.match(path.name) and path.exists()
        for path in Path(folder).iterdir()
    )


def _try_certificate(certfile: str | None, keyfile: str | None) -> None:
    """Raise ValueError unless they are a certificate and its key."""
    if not certfile:
        return
    path = f'certfile = {certfile}' + (
        f', keyfile = {keyfile}' if keyfile else ''
    )
    try:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Without a password OpenSSL would ask for one on the terminal.
        tls.load_cert_chain(certfile, keyfile, str)
    except OSError as error:
        raise ValueError(f'{path}: {error}') from None
