"""A whole nova: conductor, scheduler and a compute that pretends.

nova's own functional fixtures, without its TestCase: that one poisons
``open``, ``os.uname`` and the log of the whole process, and moves HOME.
"""

import tempfile

import fixtures
import nova.conf
from nova import context, objects
from nova.compute import rpcapi
from nova.tests import fixtures as nova_fixtures
from nova.tests.functional import fixtures as functional_fixtures
from oslo_policy import opts as policy_opts

from tests.whole_nova import noise

CONF = nova.conf.CONF
NOWHERE = 'fake://nowhere/'


class WholeNova(fixtures.Fixture):
    """nova's services, with neutron, glance, cinder and placement faked.

    Whatever the API sets off is done when it answers: casts are calls and
    spawned functions run at once.
    """

    def _setUp(self) -> None:  # noqa: N802  the hook of fixtures
        # The fixtures of databases would have all temporary files theirs.
        tempdir = tempfile.tempdir
        with noise.ignored():
            self._configure()
            self._make_databases()
            self._fake_neighbours()
            self._start_services()
        tempfile.tempdir = tempdir

    def _configure(self) -> None:
        self.useFixture(nova_fixtures.OpenStackSDKFixture())
        self.useFixture(nova_fixtures.IsolatedExecutorFixture(self.id()))
        self.useFixture(nova_fixtures.ConfFixture(CONF))
        self.useFixture(nova_fixtures.RPCFixture('nova.test'))
        self.useFixture(nova_fixtures.RPCPollerCleanupFixture())
        CONF.set_default('driver', [], group='oslo_messaging_notifications')
        self.flags(compute_driver='fake.FakeDriver', transport_url=NOWHERE)
        # With 'error', nova refuses its own answer from a down cell at 2.98.
        self.flags(group='api', response_validation='ignore')
        self.flags(group='quota', instances=-1, cores=-1, ram=-1)
        context.reset_globals()

    def _make_databases(self) -> None:
        self.useFixture(nova_fixtures.Database(database='api'))
        cells = nova_fixtures.CellDatabases()
        cells.add_cell_database(_cell('cell0').database_connection)
        self._cell = _cell('cell1')
        cells.add_cell_database(self._cell.database_connection, default=True)
        self.useFixture(cells)
        self.useFixture(nova_fixtures.DefaultFlavorsFixture())

    def _fake_neighbours(self) -> None:
        self.useFixture(nova_fixtures.CastAsCallFixture(self))
        self.useFixture(nova_fixtures.SpawnIsSynchronousFixture())
        self.useFixture(nova_fixtures.PrivsepNoHelperFixture())
        self.useFixture(nova_fixtures.ComputeNodeIdFixture())
        self.useFixture(functional_fixtures.PlacementFixture())
        # It makes readers members, for all users of oslo.policy there are.
        policy_opts.set_defaults(CONF, enforce_new_defaults=True)
        self.useFixture(nova_fixtures.NeutronFixture(self))
        self.useFixture(nova_fixtures.CinderFixture(self))
        self.glance = self.useFixture(nova_fixtures.GlanceFixture(self))
        self.useFixture(nova_fixtures.RealPolicyFixture())

    def _start_services(self) -> None:
        self._start('conductor')
        self._start('scheduler')
        self._start('compute', cell=self._cell, topic_alt=rpcapi.RPC_TOPIC_ALT)
        objects.HostMapping(
            context.get_context(), host='compute', cell_mapping=self._cell
        ).create()

    def _start(self, name: str, **options: object) -> None:
        fixture = nova_fixtures.ServiceFixture(name, **options)
        self.addCleanup(self.useFixture(fixture).service.stop)

    # What nova's fixtures ask of the test case they are given.

    def id(self) -> str:
        """Return the names of this nova's threads."""
        return 'whole_nova'

    def flags(self, group: str | None = None, **values: object) -> None:
        """Override options of nova.conf until the end."""
        self.useFixture(nova_fixtures.ConfPatcher(group=group, **values))

    def stub_out(self, old: str, new: object) -> None:
        """Replace the function *old* until the end."""
        self.useFixture(fixtures.MonkeyPatch(old, new))


def _cell(name: str) -> objects.CellMapping:
    uuid = objects.CellMapping.CELL0_UUID
    if name != 'cell0':
        uuid = nova_fixtures.uuidsentinel.cell1
    cell = objects.CellMapping(
        context.get_context(),
        uuid=uuid,
        name=name,
        transport_url=NOWHERE,
        database_connection=uuid,
    )
    cell.create()
    return cell
