"""The releases of nova that are in use: the one place that lists them.

``tox.ini`` names them once more, for its environments; a test compares.
"""

from typing import NamedTuple

# The guard's.
PYTHONS = ('3.10', '3.11', '3.12', '3.13')


class Difference(NamedTuple):
    """A known difference: the regular expression *problem* finds its text.

    Unless *always*, it takes many examples to see it.
    """

    name: str
    reason: str
    problem: str
    always: bool = True


class Release(NamedTuple):
    """A release of OpenStack.

    *nova* is the newest of its versions. *pythons* are those of the guard that
    this nova declares, or a distribution has it on; the one of most users is
    first. *pins* are the libraries whose later versions it does not run with.
    """

    name: str
    nova: str
    keystone: str
    pythons: tuple[str, ...]
    pins: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def env(self) -> str:
        """Return the name of its tox environment."""
        return f'nova{self.nova.partition(".")[0]}'


# The libraries whose later versions a nova or keystone does not run with.
# keystone hashes by passlib, which no bcrypt since 5 lets look at itself.
_BCRYPT = 'bcrypt<5'
# keystone reads fields of a context that are gone since.
_CONTEXT = 'oslo.context<6'
# nova imports oslo_utils.secretutils.md5.
_MD5 = 'oslo.utils<10'
# What pbr and others import pkg_resources from.
_SETUPTOOLS = 'setuptools<81'
# nova uses what 2.1 has not any more.
_SQLALCHEMY = 'SQLAlchemy<2.1'

_UNSHELVE = Difference(
    'unshelve',
    'its schema has the zone inside a `oneOf`, where the comparison of the '
    'tables does not look; both take the same values.',
    "^tables: ACTION_FIELDS has a row for 'unshelve: availability_zone'",
)
# Both refuse it with 400: another status would be another problem.
_UNSHELVE_WORDS = Difference(
    'words about unshelve',
    'of a wrong zone nova says that the whole value of `unshelve` is not '
    'valid, and the guard what is wrong with the zone; both respond 400.',
    r'^actions: the guard refuses what nova does not: Action\(.*unshelve',
    always=False,
)

RELEASES = (
    Release(
        '2023.1',
        nova='27.5.1',
        keystone='23.0.2',
        pythons=('3.10',),
        pins=(
            *(_BCRYPT, _CONTEXT, _SETUPTOOLS),
            # Both of another time of SQLAlchemy's, as nova's own models.
            *('oslo.db<15', 'oslo.utils<8', 'SQLAlchemy<2'),
        ),
        differences=(_UNSHELVE, _UNSHELVE_WORDS),
    ),
    Release(
        '2023.2',
        nova='28.3.1',
        keystone='24.1.0',
        pythons=('3.10',),
        pins=(_BCRYPT, _CONTEXT, _MD5, _SETUPTOOLS, _SQLALCHEMY),
        differences=(_UNSHELVE, _UNSHELVE_WORDS),
    ),
    Release(
        '2024.1',
        nova='29.4.0',
        keystone='25.0.0',
        pythons=('3.10', '3.11', '3.12'),
        pins=(_BCRYPT, _CONTEXT, _MD5, _SETUPTOOLS, _SQLALCHEMY),
        differences=(_UNSHELVE, _UNSHELVE_WORDS),
    ),
    Release(
        '2024.2',
        nova='30.3.0',
        keystone='26.1.1',
        pythons=('3.12', '3.10', '3.11'),
        pins=(_BCRYPT, _CONTEXT, _MD5, _SETUPTOOLS, _SQLALCHEMY),
        differences=(_UNSHELVE, _UNSHELVE_WORDS),
    ),
    Release(
        '2025.1',
        nova='31.3.1',
        keystone='27.1.0',
        pythons=('3.12', '3.10', '3.11', '3.13'),
        pins=(_SETUPTOOLS, _SQLALCHEMY),
        differences=(_UNSHELVE, _UNSHELVE_WORDS),
    ),
    Release(
        '2025.2',
        nova='32.2.1',
        keystone='28.1.0',
        pythons=('3.12', '3.10', '3.11'),
        pins=(_SETUPTOOLS, _SQLALCHEMY),
    ),
    Release(
        '2026.1',
        nova='33.0.2',
        keystone='29.1.0',
        pythons=('3.12', '3.10', '3.11'),
        pins=(_SQLALCHEMY,),
    ),
    Release(
        '2026.2',
        nova='34.0.0',
        keystone='30.0.0',
        pythons=('3.13', '3.11', '3.12'),
        pins=(_SQLALCHEMY,),
    ),
)
