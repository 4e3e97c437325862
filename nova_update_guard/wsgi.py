"""The reverse proxy as a WSGI server loads it: ``application``.

It is what ``api-paste.ini`` says, in /etc/nova-update-guard or the folder
that the environment names in NOVA_UPDATE_GUARD_CONFIG_DIR; its logs are as
``nova-update-guard.conf`` beside it has them.
"""

import os
from pathlib import Path
from wsgiref.types import WSGIApplication

from oslo_config import cfg
from oslo_log import log
from paste.deploy import loadapp

from nova_update_guard.conf import proxy
from nova_update_guard.conf.loader import PROJECT, OptionError
from nova_update_guard.policy.checks import PolicyError
from nova_update_guard.proxy.app import WellFormed

_UMASK = 0o027


def _application() -> WSGIApplication:
    folder = Path(
        os.environ.get('NOVA_UPDATE_GUARD_CONFIG_DIR', f'/etc/{PROJECT}')
    )
    file = folder / f'{PROJECT}.conf'
    paste = {'oslo_config_file': str(file)} if file.exists() else {}
    # Logs are for the group at most, whatever has started the server.
    os.umask(os.umask(_UMASK) | _UMASK)
    _log([*paste.values()])
    try:
        seconds = proxy.client_timeout(paste)
        app = loadapp(f'config:{folder.resolve()}/api-paste.ini')
    except (OptionError, PolicyError) as error:
        # It says what is wrong; where it was found does not matter, and the
        # server shows only the end of it.
        raise error.with_traceback(None) from None
    return WellFormed(app, seconds)


def _log(files: list[str]) -> None:
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    conf([], project=PROJECT, default_config_files=files)
    log.setup(conf, PROJECT)


application = _application()
