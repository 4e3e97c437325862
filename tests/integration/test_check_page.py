"""The example on the page of ``check`` is what the command prints."""

import re
import shlex
from pathlib import Path

from tests.cmd.running import program

PAGE = Path(__file__).parents[2] / 'doc/source/policy/check.md'


def test_the_example_is_what_the_command_prints(tmp_path):
    page = PAGE.read_text()
    (novas,) = re.findall('```yaml\n(.*?)```', page, re.DOTALL)
    ((command, output),) = re.findall(
        r'```console\n\$ nova-update-guard (.*?)\n(.*?)```', page, re.DOTALL
    )
    (tmp_path / 'nova.yaml').write_text(novas)
    (tmp_path / 'guard.conf').write_text('[update_guard]\n')

    done = program(*shlex.split(command), cwd=tmp_path)

    assert done.stdout.decode() == output
    assert done.returncode == 1
