"""Records of decisions as a cloud of some size makes them."""

import json
import math
import random
from datetime import datetime, timedelta, timezone

_BEGIN = datetime(2026, 11, 2, tzinfo=timezone.utc)
_DAYS = 14
_PROJECTS = 300
_USERS = 3000
_UPDATE = 'update_guard:server:update:'
# How many of the requests come from whom, and what they send.
_CLIENTS = (
    (40, 'python-openstackclient keystoneauth1/5.18.1', (('name',),)),
    (25, 'openstacksdk/4.22.0 keystoneauth1/5.18.1', (('description',),)),
    (15, 'python-novaclient', (('name',), ('hostname',))),
    (8, 'HashiCorp Terraform/1.9.8 gophercloud/v2.1.0', (('accessIPv4',),)),
    # Horizon calls itself so.
    (6, 'python-novaclient', (('name', 'description'),)),
    (4, 'openstacksdk/4.4.0 Ansible', (('accessIPv4', 'accessIPv6'),)),
    (1, 'rally', (('name', 'description'),)),
    (1, None, (('OS-DCF:diskConfig',), ('(unknown)',))),
)
_HIDDEN = ('hostId', 'OS-EXT-STS:vm_state', 'OS-EXT-STS:task_state')


def lines(count, seed=0):
    """Yield so many records, each a line of JSON, in order of time."""
    chance = random.Random(seed)
    projects = [f'{chance.getrandbits(128):032x}' for _ in range(_PROJECTS)]
    users = [f'{chance.getrandbits(128):032x}' for _ in range(_USERS)]
    weights = [weight for weight, _, _ in _CLIENTS]
    for number in range(count):
        time = _BEGIN + timedelta(days=_DAYS) * (number / count)
        # Few users ask for much, and more by day than by night.
        place = min(int(chance.paretovariate(0.8)) - 1, _USERS - 1)
        _, client, changes = chance.choices(_CLIENTS, weights)[0]
        record = {
            'time': f'{time:%Y-%m-%dT%H:%M:%S.%f}Z',
            'request_id': f'req-{chance.getrandbits(128):032x}',
            'user_id': users[place],
            'project_id': projects[place % _PROJECTS],
            'roles': ['member', 'reader'],
            'client': client,
            'operation': 'update',
            'server_id': f'{chance.getrandbits(128):032x}',
            'microversion': '2.104',
            'fields': list(chance.choice(changes)),
            **_verdict(chance, time),
            'revision': '0a1b2c3d4e5f' if number < count / 2 else '9f8e7d6c5b',
            'microseconds': chance.randrange(40, 200),
            'nova_microseconds': chance.randrange(2000, 90000),
        }
        yield json.dumps(_reported(record)).encode() + b'\n'


def _verdict(chance, time):
    """Return a decision: at night less is refused."""
    dice = chance.random()
    by_day = 0.6 + 0.4 * math.sin((time.hour - 9) * math.pi / 12)
    if dice < 0.25:
        return {'verdict': 'redact', 'mode': 'enforce', 'sample': 0.1}
    if dice < 0.25 + 0.3 * by_day:
        mode = 'enforce' if chance.random() < 0.05 else 'audit'
        return {'verdict': 'refuse', 'mode': mode, 'sample': 1}
    return {'verdict': 'allow', 'mode': 'enforce', 'sample': 0.01}


def _reported(record):
    """Return *record* with the keys that its verdict needs."""
    fields = record['fields']
    more = {'layer': None, 'rule': None, 'status': None}
    if record['verdict'] == 'redact':
        more['layer'] = 'response_redaction'
        more['rule'] = f'update_guard:server:show:{_HIDDEN[0]}'
        more['operation'] = 'read'
        more['fields'] = [_HIDDEN[0]]
        more['redacted'] = dict.fromkeys(_HIDDEN, 12)
        more['documents'] = 12
    elif record['verdict'] == 'refuse' and len(fields) > 1:
        more['layer'] = 'one_parameter'
        more['rule'] = f'{len(fields)} parameters'
        more['status'] = 400 if record['mode'] == 'enforce' else 200
    elif record['verdict'] == 'refuse':
        more['layer'] = 'field_policy'
        more['rule'] = f'{_UPDATE}{fields[0]}'
        more['status'] = 403 if record['mode'] == 'enforce' else 200
    else:
        digest = 'hmac:' + 'a' * 32
        more['changes'] = {
            name: {'old': digest, 'new': digest} for name in fields
        }
    return record | more
