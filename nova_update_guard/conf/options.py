"""The options of the guard, of the proxy and of metrics, and their help."""

import copy

from oslo_config import cfg, types

from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.layers.modes import AUDIT, ENFORCE, OFF, TABLE, Layer

GROUP = 'update_guard'


_ACTIONS = dict.fromkeys(field.action for field in ACTION_FIELDS)


def _mode(layer: Layer) -> cfg.StrOpt:
    return cfg.StrOpt(
        layer.name,
        default=ENFORCE,
        choices=[
            (ENFORCE, 'Refuse or take out what is not allowed.'),
            (AUDIT, 'Let it pass, and record what would have been done.'),
            (OFF, 'Do nothing.'),
        ],
        help=layer.does,
    )


OPTIONS = [
    *map(_mode, TABLE),
    cfg.StrOpt(
        'counted_fields',
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
        'allowed_field_sets',
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
        'check_actions',
        default=True,
        help='Ask policy and constraints also about the fields that actions '
        f'change: {", ".join(_ACTIONS)}.',
    ),
    cfg.IntOpt(
        'max_body_bytes',
        default=114688,
        min=1,
        help='Refuse an update or an action whose body is larger than this, '
        'with 413.',
    ),
    cfg.FloatOpt(
        'body_timeout',
        default=30.0,
        min=0.1,
        max=3600,
        help='Seconds in which the whole body of a request must arrive; else '
        'the client gets 408. In a proxy also for requests that are only '
        'passed on.',
    ),
    cfg.StrOpt(
        'host_id_key',
        secret=True,
        help='Give those who may not see the host another hostId, made of '
        "nova's under this key: at least 16 characters, the same for all "
        "guards of a cloud. Without it they get nova's own, from which the "
        'host can be guessed. A $ in it is written $$.',
    ),
    cfg.StrOpt(
        'decision_log',
        help='The file of decision records, one line of JSON for each judged '
        'request. Without it they go to the logger '
        'nova_update_guard.decisions.',
    ),
    cfg.FloatOpt(
        'decision_sample',
        default=1.0,
        min=0,
        max=1,
        help='The share of allowed updates and actions that is recorded. '
        'What was refused, or would have been, always is.',
    ),
    cfg.FloatOpt(
        'decision_sample_reads',
        default=0.0,
        min=0,
        max=1,
        help='The same of all other answers. What response_redaction would '
        'have taken out, in the mode audit, is always recorded.',
    ),
    cfg.StrOpt(
        'decision_hash_key',
        secret=True,
        help='Record the old and the new value of an allowed change, as '
        'hashes under this key: at least 16 characters, the same for all '
        'guards of a cloud. A $ in it is written $$.',
    ),
    cfg.ListOpt(
        'decision_plaintext_fields',
        default=[],
        help='Fields whose values are recorded as they are: name,hostname.',
    ),
    cfg.BoolOpt(
        'decision_notifications',
        default=False,
        help='Also send each record as a CADF event by oslo.messaging, as '
        '[oslo_messaging_notifications] and transport_url in this file say.',
    ),
]


METRICS_GROUP = 'update_guard_metrics'
METRICS_OPTIONS = [
    cfg.StrOpt(
        'directory',
        help='Where the processes of a guard keep what they count: a folder '
        "of this guard's own, which it can write to and which is empty when "
        'it starts. Without it nothing is counted.',
    ),
    cfg.StrOpt(
        'path',
        help='Where the metrics are to be read, in the format of Prometheus, '
        'such as /metrics. Without it they are nowhere.',
    ),
    cfg.ListOpt(
        'allowed_networks',
        default=[],
        help='Who may read them: IPv4 and IPv6 networks of clients. Behind a '
        'proxy, enable_proxy_headers_parsing tells whose address counts.',
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
        default=600.0,
        min=0.1,
        max=3600,
        help='Seconds that one answer of nova may be waited for, all waiting '
        'added up; then the client gets 504, or its answer ends. Whatever '
        'stands in front of the guard must wait for longer.',
    ),
    cfg.FloatOpt(
        'client_timeout',
        default=60.0,
        min=0.1,
        max=3600,
        help='Seconds that a client may take to receive one response, all '
        'waiting for it added up; then its connection is closed. Only in the '
        'file, not in api-paste.ini.',
    ),
    cfg.FloatOpt(
        'token_cache_time',
        default=5.0,
        min=0,
        max=60,
        help='Seconds for which a token that auth_token has just verified '
        'needs no other look, beyond what token_cache_time in '
        '[keystone_authtoken] says; 0 for none. nova verifies it, too.',
    ),
    cfg.StrOpt(
        'cafile',
        help='PEM file of the certificates that nova is verified by; without '
        'it, those of the system: the file and the folder that Python knows, '
        'or that SSL_CERT_FILE and SSL_CERT_DIR name.',
    ),
    cfg.StrOpt(
        'certfile',
        help='PEM file of the certificate, and perhaps the key, that nova '
        'knows the guard by.',
    ),
    cfg.StrOpt('keyfile', help='PEM file of the key, if not in certfile.'),
]
GROUPS = {
    GROUP: OPTIONS,
    PROXY_GROUP: PROXY_OPTIONS,
    METRICS_GROUP: METRICS_OPTIONS,
}


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options by group, for oslo-config-generator."""
    return [*copy.deepcopy(GROUPS).items()]
