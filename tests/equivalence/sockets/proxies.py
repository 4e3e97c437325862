"""The guard as it ships, under each server, before one front of nova.

Only who has the role admin may change a field or see an attribute.
"""

import json
import shutil
from pathlib import Path

from nova_update_guard.policy import defaults
from tests.cloud.processes import Service
from tests.proxy import serving

SERVERS = serving.SERVERS
_RULE = 'role:admin'
_CONF = """\
[DEFAULT]
log_file = {folder}/guard.log
[proxy]
nova_endpoints = {nova}
read_timeout = 20
[update_guard]
policy_file = {folder}/policy.json
decision_log = {folder}/decisions.log
decision_sample_reads = 1
"""
# One process has the work of all of them, and is started sooner.
_ONE_PROCESS = {'gunicorn': ['-w', '1'], 'uwsgi': ['-p', '1']}


def decisions(folder: Path) -> Path:
    """Return where the guard of *folder* keeps its decision records."""
    return folder / 'decisions.log'


def proxy(
    server: str, folder: Path, port: int, nova: str, keystone: str
) -> Service:
    """Return the guard under *server*, not started."""
    shutil.copy(serving.ETC / 'api-paste.ini', folder)
    (folder / 'policy.json').write_text(json.dumps(_policy()))
    (folder / 'nova-update-guard.conf').write_text(
        _CONF.format(folder=folder, nova=nova)
        + serving.AUTHTOKEN.format(keystone=keystone)
    )
    service: Service = serving.service(server, folder, port)
    service.command = [*service.command, *_ONE_PROCESS[server]]
    return service


def _policy() -> dict[str, str]:
    return {
        rule.name: _RULE
        for rule in defaults.list_rules()
        if rule.name.startswith('update_guard:')
    }
