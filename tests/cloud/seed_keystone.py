"""Make keystone's database, keys and first administrator.

Runs in the cloud's interpreter: python -m tests.cloud.seed_keystone FILE,
where FILE is keystone.conf.
"""

import os
import sys

import keystone.conf
from keystone.cmd import cli

from tests.cloud.people import ADMIN, REGION


def main(config_file: str) -> None:
    """Do an operator's keystone-manage commands in one process."""
    # Only root has to say for whom the keys are.
    root = ('--keystone-user', '0', '--keystone-group', '0')
    ours = root if os.geteuid() == 0 else ()
    _manage(config_file, 'db_sync')
    _manage(config_file, 'fernet_setup', *ours)
    _manage(
        config_file,
        'bootstrap',
        *('--bootstrap-username', ADMIN.name),
        *('--bootstrap-password', ADMIN.password),
        *('--bootstrap-project-name', ADMIN.project),
        *('--bootstrap-region-id', REGION),
    )


def _manage(config_file: str, *command: str) -> None:
    # Each command parses its command line as if it were alone.
    keystone.conf.CONF.reset()
    cli.main(['keystone-manage', '--config-file', config_file, *command])


if __name__ == '__main__':
    main(sys.argv[1])
