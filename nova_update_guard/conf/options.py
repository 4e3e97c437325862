"""The options of the guard and of metrics, and their help."""

import copy

from oslo_config import cfg

from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.conf.proxy_options import PROXY_GROUP, PROXY_OPTIONS
from nova_update_guard.layers.modes import AUDIT, ENFORCE, OFF, TABLE, Layer

GROUP = 'update_guard'


_ACTIONS = dict.fromkeys(field.action for field in ACTION_FIELDS)


def _mode(layer: Layer) -> cfg.StrOpt:
    return cfg.StrOpt(
        layer.name,
        default=ENFORCE,
        choices=[
            (ENFORCE, 'Refuse the request, or redact the attribute.'),
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
                'Those that differ from the server as it is; the guard '
                'removes the others from the request.',
            ),
        ],
        help='Which parameters one_parameter counts and policy checks.',
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
            ('allow', 'It is forwarded to nova, which changes nothing.'),
        ],
        help='What one_parameter does with {"server": {}}.',
    ),
    cfg.StrOpt(
        'policy_file',
        default='update-guard-policy.yaml',
        help='The oslo.policy file: an absolute path, or a name in the '
        'configuration directories. Without one the documented defaults '
        'apply. A change takes effect about a second later.',
    ),
    cfg.MultiStrOpt(
        'policy_dirs',
        default=['update-guard-policy.d'],
        help='Directories of further policy files, read after policy_file in '
        'the order of their names; later files override earlier ones.',
    ),
    cfg.StrOpt(
        'constraints_file',
        default='update-guard-constraints.yaml',
        help="File of constraints on values, beyond nova's own validation: "
        'JSON Schemas by field. It is found and reloaded like policy_file.',
    ),
    cfg.ListOpt(
        'extra_attributes',
        default=[],
        help='Attributes of a vendor or of a newer nova that get a rule each, '
        'update_guard:server:show:<attribute>: RAX-PUBLIC-IP:zoneId. All '
        'others that the guard does not know go by unlisted.',
    ),
    cfg.BoolOpt(
        'check_actions',
        default=True,
        help='Also check the fields that actions set, by policy and '
        f'constraints: {", ".join(_ACTIONS)}.',
    ),
    cfg.BoolOpt(
        'check_create',
        default=True,
        help='Also check the same fields of new servers (POST /servers), by '
        'policy and constraints.',
    ),
    cfg.IntOpt(
        'max_body_bytes',
        default=114688,
        min=1,
        help='Refuse an update, an action or a create whose body is larger '
        'than this, with 413.',
    ),
    cfg.FloatOpt(
        'body_timeout',
        default=30.0,
        min=0.1,
        max=3600,
        help='Seconds within which the whole body of a request must arrive; '
        'after that the client gets 408. In a proxy this also holds for '
        'requests that are only forwarded.',
    ),
    cfg.StrOpt(
        'host_id_key',
        secret=True,
        help='Replace hostId by a hash under this key for callers who may '
        'not see the host: at least 16 characters, the same for all guards '
        "of a cloud. Without it they get nova's hostId, from which the host "
        'can be guessed. Write $ as $$.',
    ),
    cfg.BoolOpt(
        'os_update_guard',
        default=False,
        help='Serve GET /servers/{server_id}/os-update-guard: what the caller '
        'may change, and what is hidden. Only the filter update_guard does.',
    ),
    cfg.StrOpt(
        'decision_log',
        help='File of decision records, one line of JSON for each checked '
        'request. Without it they go to the logger '
        'nova_update_guard.decisions.',
    ),
    cfg.FloatOpt(
        'decision_sample',
        default=1.0,
        min=0,
        max=1,
        help='Share (0 to 1) of allowed updates, actions and creates that '
        'is recorded. Refusals, also those of the mode audit, are always '
        'recorded.',
    ),
    cfg.FloatOpt(
        'decision_sample_reads',
        default=0.0,
        min=0,
        max=1,
        help='Share (0 to 1) of all other responses that is recorded. What '
        'response_redaction would have redacted, in the mode audit, is '
        'always recorded. Nothing is recorded or counted where nova shows '
        'values of servers, by other routes than /servers, and no rule hides '
        'any of them from anybody.',
    ),
    cfg.StrOpt(
        'decision_hash_key',
        secret=True,
        help='Record the old and the new value of an allowed change as '
        'hashes under this key: at least 16 characters, the same for all '
        'guards of a cloud. Write $ as $$.',
    ),
    cfg.ListOpt(
        'decision_plaintext_fields',
        default=[],
        help='Fields whose values are recorded in plain text: name,hostname.',
    ),
    cfg.BoolOpt(
        'decision_notifications',
        default=False,
        help='Also send each record as a CADF event by oslo.messaging, '
        'configured by [oslo_messaging_notifications] and transport_url in '
        'this file.',
    ),
]


METRICS_GROUP = 'update_guard_metrics'
METRICS_OPTIONS = [
    cfg.StrOpt(
        'directory',
        help='Directory in which the processes of a guard count: this '
        "guard's own, writable, and empty when it starts. Without it nothing "
        'is counted.',
    ),
    cfg.StrOpt(
        'path',
        help='Path of the metrics, in the format of Prometheus, such as '
        '/metrics. Without it they are not served.',
    ),
    cfg.ListOpt(
        'allowed_networks',
        default=[],
        help='IPv4 and IPv6 networks whose clients may read the metrics. '
        'Behind a proxy, enable_proxy_headers_parsing decides whose address '
        'counts.',
    ),
]
GROUPS = {
    GROUP: OPTIONS,
    PROXY_GROUP: PROXY_OPTIONS,
    METRICS_GROUP: METRICS_OPTIONS,
}


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options by group, for oslo-config-generator."""
    return [*copy.deepcopy(GROUPS).items()]
