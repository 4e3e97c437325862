"""The Debian package, in a fresh Debian."""

import tempfile
from pathlib import Path

import pytest

from tests.packaging.debian import package, trial
from tests.packaging.debian.root import Root, mirror

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        bool(package.obstacle()), reason=package.obstacle() or 'it can'
    ),
]


def test_package_installs_serves_and_leaves_nothing_after_a_purge():
    try:
        source = mirror()
    except LookupError as error:
        # Without a mirror of Debian's there are no packages to install.
        pytest.skip(str(error))
    # Not pytest's own folder, which keeps those of three runs.
    with tempfile.TemporaryDirectory(prefix='debian-') as name:
        folder = Path(name)
        deb = package.build(folder)
        root = Root(folder / 'root', source)
        seen = []
        trial.try_out(root, deb, folder, seen.append)

    assert 'purged' in seen[-1]
