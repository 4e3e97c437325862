"""The options of [update_guard] and [proxy], and their help."""

import copy

from oslo_config import cfg, types

GROUP = 'update_guard'
LAYERS = (
    'one_parameter',
    'field_validation',
    'field_policy',
    'response_redaction',
)


def _layer(name: str, what: str) -> cfg.StrOpt:
    return cfg.StrOpt(
        name,
        default='enforce',
        choices=[
            ('enforce', 'Refuse or take out what is not allowed.'),
            ('warn', 'Not available in this version.'),
            ('off', 'Do nothing.'),
        ],
        help=what,
    )


OPTIONS = [
    _layer('one_parameter', 'Refuse an update of more than one parameter.'),
    _layer('field_validation', 'Refuse what nova would, in its words.'),
    _layer('field_policy', 'Refuse what update_guard:server:update:* denies.'),
    _layer(
        'response_redaction',
        'Take out of answers what update_guard:server:show:* denies.',
    ),
    cfg.StrOpt(
        'count',
        default='sent',
        choices=[
            ('sent', 'All parameters in the body count.'),
            (
                'changed',
                'Those that differ from the server as it is; the others are '
                'left out of what nova gets.',
            ),
        ],
        help='Which parameters count: for one_parameter, and for policy.',
    ),
    cfg.ListOpt(
        'together',
        default=[],
        help='Sets of parameters, joined by +, that may be changed in one '
        'update: accessIPv4+accessIPv6,name+description.',
    ),
    cfg.StrOpt(
        'empty_update',
        default='refuse',
        choices=[
            ('refuse', 'An update without any parameter gets 400.'),
            ('allow', 'It goes on to nova, which changes nothing.'),
        ],
        help='What one_parameter does with {"server": {}}.',
    ),
    cfg.StrOpt(
        'policy_file',
        default='update-guard-policy.yaml',
        help='The oslo.policy file, in the configuration directories or by '
        'its absolute path. Without one the documented defaults hold. A '
        'change is in force about a second later.',
    ),
    cfg.MultiStrOpt(
        'policy_dirs',
        default=['update-guard-policy.d'],
        help='Directories of more policy files, read in the order of their '
        'names after policy_file; the last word counts.',
    ),
    cfg.StrOpt(
        'constraints_file',
        default='update-guard-constraints.yaml',
        help='What values of a field must be like, beyond what nova takes: a '
        'file like policy_file, of JSON Schemas by field.',
    ),
    cfg.BoolOpt(
        'judge_actions',
        default=True,
        help='Ask policy and constraints also about the fields that rebuild, '
        'resize and unshelve change.',
    ),
    cfg.IntOpt(
        'max_body_bytes',
        default=114688,
        min=1,
        help='Refuse an update or an action whose body is larger than this, '
        'with 413.',
    ),
    cfg.StrOpt(
        'host_id_key',
        secret=True,
        help='Give those who may not see the host another hostId, made of '
        "nova's under this key: at least 16 characters, the same for all "
        "guards of a cloud. Without it they get nova's own, from which the "
        'host can be guessed. A $ in it is written $$.',
    ),
]


PROXY_GROUP = 'proxy'
PROXY_OPTIONS = [
    cfg.ListOpt(
        'nova_endpoints',
        item_type=types.URI(schemes=['http', 'https']),
        default=['http://127.0.0.1:8774'],
        help='Where nova-api listens: one or more URLs, without a version. '
        'The first is asked; the next, while no connection can be made to '
        'it. Only the guards must be able to reach them.',
    ),
    cfg.FloatOpt(
        'connect_timeout',
        default=5.0,
        min=0.1,
        max=300,
        help='Seconds in which an endpoint must accept a connection.',
    ),
    cfg.FloatOpt(
        'read_timeout',
        default=60.0,
        min=0.1,
        max=3600,
        help='Seconds that one answer of nova may be waited for, all waiting '
        'added up; then the client gets 504, or its answer ends.',
    ),
    cfg.StrOpt(
        'cafile',
        help='PEM file of the certificates that nova is verified by; without '
        'it, those of the system.',
    ),
    cfg.StrOpt(
        'certfile',
        help='PEM file of the certificate, and perhaps the key, that nova '
        'knows the guard by.',
    ),
    cfg.StrOpt('keyfile', help='PEM file of the key, if not in certfile.'),
]
GROUPS = {GROUP: OPTIONS, PROXY_GROUP: PROXY_OPTIONS}


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options by group, for oslo-config-generator."""
    return [*copy.deepcopy(GROUPS).items()]
