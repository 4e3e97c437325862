"""The wheel brings all files of etc/nova-update-guard."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests.cloud.processes import ROOT

FOLDER = 'etc/nova-update-guard'


def copied(folder):
    """Copy the files that git knows to *folder*; return their names."""
    listed = subprocess.run(
        ['git', 'ls-files', '-z'],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    names = [name for name in listed.split('\0') if (ROOT / name).is_file()]
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((ROOT / name).read_bytes())
    return names


@pytest.mark.integration
def test_a_wheel_has_each_sample_file(tmp_path):
    source = tmp_path / 'source'
    names = copied(source)
    subprocess.run(
        [
            *(sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps'),
            *('--wheel-dir', tmp_path, source),
        ],
        # pbr takes the version from git, which is not there.
        env=os.environ | {'PBR_VERSION': '1.0.0'},
        check=True,
    )
    (wheel,) = tmp_path.glob('*.whl')
    with zipfile.ZipFile(wheel) as archive:
        data = '.data/data/'
        found = {name.partition(data)[2] for name in archive.namelist()}

    samples = {name for name in names if name.startswith(f'{FOLDER}/')}
    assert f'{FOLDER}/profiles/strict.conf' in samples
    assert found - {''} == samples
