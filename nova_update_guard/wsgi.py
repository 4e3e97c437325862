"""The reverse proxy as a WSGI server loads it: ``application``.

It is built from ``api-paste.ini`` in /etc/nova-update-guard, or in the folder
named by the environment variable NOVA_UPDATE_GUARD_CONFIG_DIR.
``nova-update-guard.conf`` beside it configures the logs.
"""

import gc
import os
from pathlib import Path

from oslo_log import log
from paste.deploy import loadapp

from nova_update_guard.conf import metrics, proxy
from nova_update_guard.conf.loader import PROJECT, OptionError
from nova_update_guard.deploy import log_options, observers
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.proxy.app import WellFormed
from nova_update_guard.wsgi_types import WSGIApplication

_UMASK = 0o027


def _application() -> WSGIApplication:
    folder = Path(
        os.environ.get('NOVA_UPDATE_GUARD_CONFIG_DIR', f'/etc/{PROJECT}')
    )
    file = folder / f'{PROJECT}.conf'
    paste = {'oslo_config_file': str(file)} if file.exists() else {}
    # Logs are readable by the group at most, with any umask of the server's.
    os.umask(os.umask(_UMASK) | _UMASK)
    try:
        _log([*paste.values()])
        seconds = proxy.client_timeout(paste)
        failed = observers.counting(metrics.load(paste)).error
        app = loadapp(f'config:{folder.resolve()}/api-paste.ini')
    except (OptionError, PolicyError) as error:
        # The message says it all; a traceback does not help, and the server
        # shows only the end of it.
        raise error.with_traceback(None) from None
    return WellFormed(app, seconds, failed)


def _log(files: list[str]) -> None:
    log.setup(log_options.load(files), PROJECT)


application = _application()
# What is loaded now stays: the garbage collector need not look through it
# again and again while it serves requests.
gc.collect()
gc.freeze()
