"""The story that the demo plays on the real nova-api."""

from tests.cloud import around, compare, screen
from tests.cloud.cloud import Cloud
from tests.cloud.front import OLDEST
from tests.cloud.people import ADMIN, MEMBER, READER, STRANGER
from tests.cloud.servers import RENAMED
from tests.cloud.stage import Stage, document, summary

# nova's own words for a bad address and for a parameter it does not know.
_BAD_ADDRESS = (
    'Invalid input for field/attribute accessIPv4. Value: 10.94.139.300. '
    "'10.94.139.300' is not a 'ipv4'"
)
_UNKNOWN = "Additional properties are not allowed ('flavor' was unexpected)"

_ADDRESS = {'accessIPv4': '10.94.139.172'}
# Another one: under some profiles, what stays as it is does not count.
_NEXT_ADDRESS = {'accessIPv4': '10.94.139.173'}
_CHANGE_ADDRESS = 'update_guard:server:update:accessIPv4'
_SEE_HOST_ID = 'update_guard:server:show:hostId'

# The keys of the reference's example response, which is at 2.1.
_SHAPE = {
    'OS-DCF:diskConfig',
    'accessIPv4',
    'accessIPv6',
    'addresses',
    'created',
    'flavor',
    'hostId',
    'id',
    'image',
    'links',
    'metadata',
    'name',
    'progress',
    'status',
    'tenant_id',
    'updated',
    'user_id',
}


def play(cloud: Cloud, profile: str | None = None) -> Stage:
    """Play the whole story on *cloud*, which may have a *profile*."""
    stage = Stage(cloud)
    _rename(stage)
    _refuse_bodies(stage)
    if profile:
        _send_form(stage, profile)
    _deny_by_policy(stage)
    _refuse_people(stage)
    _hide(stage)
    if cloud.settings.proxies:
        around.play(stage)
    return stage


def look(cloud: Cloud) -> None:
    """Print what a member sees of a server under the policy in force."""
    stage = Stage(cloud)
    screen.title('What a member sees of a server under your policy')
    views = _views(stage, compare.ACTIVE)
    hidden = ', '.join(sorted(views.hidden())) or 'nothing'
    screen.paragraph('hidden', hidden)


def _rename(stage: Stage) -> None:
    stage.begin("A rename: the API reference's own example")
    response = stage.update(MEMBER, {'name': 'vm1-renamed'}, OLDEST)
    server = document(response)
    stage.expect(
        "200, the new name, and the attributes of the reference's example",
        summary(response),
        response.status == 200
        and server.get('name') == 'vm1-renamed'
        and server.keys() == _SHAPE
        and server['addresses'].keys() == {'public', 'private'},
    )


def _refuse_bodies(stage: Stage) -> None:
    stage.begin('Two parameters at once')
    # No profile allows these two.
    both = {'name': 'vm1', 'accessIPv4': '10.94.139.171'}
    stage.refused(MEMBER, both, 400, *both)
    stage.begin("A bad address, refused in nova's own words")
    bad = {'accessIPv4': '10.94.139.300'}
    stage.refused(MEMBER, bad, 400, _BAD_ADDRESS)
    stage.begin('A parameter that nova does not have')
    stage.refused(MEMBER, {'flavor': '100'}, 400, _UNKNOWN)


def _send_form(stage: Stage, profile: str) -> None:
    stage.begin(f"Horizon's form sends name and description: {profile}")
    both = {'name': 'vm1-edited', 'description': 'edited in a form'}
    if 'name+description' in stage.cloud.settings.guard_conf:
        stage.allowed(MEMBER, both)
    else:
        stage.refused(MEMBER, both, 400, *both)


def _deny_by_policy(stage: Stage) -> None:
    stage.begin('A member may change accessIPv4, by default')
    stage.allowed(MEMBER, _ADDRESS)
    stage.begin('The operator leaves it to administrators; nova runs on')
    _write_policy(stage, _CHANGE_ADDRESS)
    stage.refused(MEMBER, _NEXT_ADDRESS, 403, _CHANGE_ADDRESS)
    stage.begin('An administrator still may')
    stage.allowed(ADMIN, _NEXT_ADDRESS)


def _refuse_people(stage: Stage) -> None:
    stage.begin('A reader of the project may not rename it')
    rule = 'update_guard:server:update:name'
    stage.refused(READER, {'name': 'vm1-mine'}, 403, rule)
    stage.begin("A member of another project gets nova's own 404")
    stage.refused(STRANGER, {'name': 'vm1-mine'}, 404, RENAMED.id)


def _hide(stage: Stage) -> None:
    stage.begin('The same server, as administrator and as member')
    _write_policy(stage, _CHANGE_ADDRESS, _SEE_HOST_ID)
    _compare(stage, compare.ACTIVE)
    stage.begin('A server that crashed: whose stack trace is it?')
    _compare(stage, compare.CRASHED)


def _compare(stage: Stage, wanted: compare.Wanted) -> None:
    """A step's end: the member's view lacks just the hidden attributes."""
    views = _views(stage, wanted)
    stage.expect(
        f'hidden from the member: {", ".join(sorted(wanted.hidden))}',
        ', '.join(sorted(views.hidden())) or 'nothing',
        views.hidden() == wanted.hidden,
    )


def _views(stage: Stage, wanted: compare.Wanted) -> compare.Views:
    """Print a server as two people see it, and return both views."""
    admin = stage.send(ADMIN, 'GET', wanted.server)
    member = stage.send(MEMBER, 'GET', wanted.server)
    views = compare.Views(document(admin), document(member))
    screen.table(
        ('attribute', 'administrator sees', 'member sees'),
        views.rows(wanted.printed),
    )
    return views


def _write_policy(stage: Stage, *rules: str) -> None:
    """Write a policy that leaves *rules* to administrators."""
    lines = [f'"{rule}": "rule:context_is_admin"' for rule in rules]
    stage.cloud.write_policy('\n'.join(lines) + '\n')
    screen.paragraph('operator', f'writes {stage.cloud.policy_file}:')
    for line in lines:
        screen.say(f'{"":11}{line}')
