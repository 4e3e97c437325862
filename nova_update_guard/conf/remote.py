"""Load the options of [oslo_policy], which remote checks use.

A remote check (``http:``, ``https:``) asks another service. Of oslo.policy's
options, those named ``remote_`` count for the guard.
"""

import math
import ssl
from pathlib import Path

from oslo_config import cfg
from oslo_policy import opts

from nova_update_guard.conf import loader, novas_files
from nova_update_guard.conf.options import GROUPS
from nova_update_guard.conf.proxy_options import PROXY_GROUP
from nova_update_guard.spelling import did_you_mean

GROUP = 'oslo_policy'
_OPTIONS = dict(opts.list_opts())[GROUP]
_REMOTE = {
    option.name for option in _OPTIONS if option.name.startswith('remote_')
}
_CA = 'remote_ssl_ca_crt_file'
_CERTIFICATE = 'remote_ssl_client_crt_file'
_KEY = 'remote_ssl_client_key_file'
_TIMEOUT = 'remote_timeout'
# Seconds; the other timeouts of the guard have the same limit.
_MAX_TIMEOUT = 3600


def without_file() -> cfg.ConfigOpts:
    """Return oslo.policy's options if no file sets any."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    _register(conf)
    return conf


def load(given: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """Return oslo.policy's options, as the files of *given* set them.

    The server of a remote check is verified unless they say otherwise. Raises
    ValueError or cfg.Error, also for certificates that cannot be read.
    """
    _refuse_unknown(given)
    _register(given)
    options = given[GROUP]
    for name in _REMOTE:
        _ = options[name]
    timeout = options[_TIMEOUT]
    if math.isnan(timeout) or not 0 < timeout <= _MAX_TIMEOUT:
        raise ValueError(
            f'[{GROUP}] {_TIMEOUT} = {timeout}: it takes seconds, more than 0 '
            f'and up to {_MAX_TIMEOUT}'
        )
    _try_authorities(options[_CA])
    _try_certificate(options[_CERTIFICATE], options[_KEY])
    return given


def _register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(_OPTIONS, group=GROUP)
    # oslo.policy's own default is not to verify.
    conf.set_default('remote_ssl_verify_server_crt', True, group=GROUP)


def _refuse_unknown(given: cfg.ConfigOpts) -> None:
    """Raise ValueError for options that do not count, but look so.

    nova.conf, too, can be the guard's file: there they are meant for nova.
    """
    known = {option.name for option in _OPTIONS}
    own = _own(given)
    for path, section, names in loader.sections(given):
        if section.lower() != GROUP:
            continue
        for name in sorted(names - _REMOTE):
            near = did_you_mean(name, _REMOTE)
            if name in known and path not in own:
                continue
            if near or name.startswith('remote') or path in own:
                raise ValueError(
                    f'{path}: [{GROUP}] {name} means nothing to the guard'
                    f'{near}; {_advice(name)}'
                )


def _advice(name: str) -> str:
    if name in ('policy_file', 'policy_dirs'):
        return f'set {name} in [update_guard]'
    return f'of this group it uses {", ".join(sorted(_REMOTE))}'


def _own(given: cfg.ConfigOpts) -> set[str]:
    """Return the paths of the files that are the guard's alone.

    What is in a file counts, so that a copy under another name is checked as
    it will be read. The name counts for nova.conf, and for a file that has no
    group of either, as those in nova-update-guard.conf.d.
    """
    groups: dict[str, set[str]] = {}
    for path, section, _ in loader.sections(given):
        groups.setdefault(path, set()).add(section.lower())
    return {path for path, found in groups.items() if _is_own(path, found)}


def _is_own(path: str, groups: set[str]) -> bool:
    if novas_files.is_novas(path, groups):
        return False
    place = Path(path)
    names = (place.name, place.parent.name)
    is_named = any(name.startswith(loader.PROJECT) for name in names)
    return is_named or bool(groups & {*GROUPS, PROXY_GROUP})


def _try_authorities(path: str | None) -> None:
    """Raise ValueError unless *path* holds certificates that verify."""
    if not path:
        return
    is_folder = Path(path).is_dir()
    try:
        ssl.create_default_context(
            cafile=None if is_folder else path,
            capath=path if is_folder else None,
        )
    except OSError as error:
        raise ValueError(f'[{GROUP}] {_CA} = {path}: {error}') from None


def _try_certificate(certificate: str | None, key: str | None) -> None:
    """Raise ValueError unless they are a certificate and its key."""
    if key and not certificate:
        raise ValueError(f'[{GROUP}] {_KEY}: set {_CERTIFICATE}, too')
    if not certificate:
        return
    names = f'{_CERTIFICATE} = {certificate}'
    names += f', {_KEY} = {key}' if key else ''
    try:
        # Without a password, OpenSSL would ask for it at the terminal.
        ssl.create_default_context().load_cert_chain(
            certificate, key, password=''
        )
    except OSError as error:
        raise ValueError(f'[{GROUP}] {names}: {error}') from None
