"""The options of the proxy, and their help."""

from oslo_config import cfg

PROXY_GROUP = 'proxy'
PROXY_OPTIONS = [
    cfg.ListOpt(
        'nova_endpoints',
        default=['http://127.0.0.1:8774'],
        help='URLs of nova-api, without a version. The first is used; the '
        'next ones while it accepts no connection. Only the guards may be '
        'able to reach them.',
    ),
    cfg.FloatOpt(
        'connect_timeout',
        default=5.0,
        min=0.1,
        max=300,
        help='Seconds within which an endpoint must accept a connection.',
    ),
    cfg.FloatOpt(
        'read_timeout',
        default=600.0,
        min=0.1,
        max=3600,
        help='Seconds to wait for one response of nova, all waits added up; '
        'after that the client gets 504, or its response ends early. A load '
        'balancer in front of the guard must wait longer.',
    ),
    cfg.FloatOpt(
        'client_timeout',
        default=60.0,
        min=0.1,
        max=3600,
        help='Seconds that a client may take to receive one response, all '
        'waits added up; after that its connection is closed. Set it in the '
        'configuration file, not in api-paste.ini.',
    ),
    cfg.FloatOpt(
        'token_cache_time',
        default=120.0,
        min=0,
        max=300,
        help='Seconds for which the result of a verified token is reused, in '
        'addition to token_cache_time in [keystone_authtoken], whose default '
        'is 180 here: both together are no longer than the 300 of nova; 0 '
        'turns it off. nova verifies the token, too.',
    ),
    cfg.StrOpt(
        'cafile',
        help='PEM file of the CA certificates that verify nova. Without it '
        'those of the system: the file and the directory that Python knows, '
        'or that SSL_CERT_FILE and SSL_CERT_DIR name.',
    ),
    cfg.StrOpt(
        'certfile',
        help='PEM file of the client certificate that the guard presents to '
        'nova, with its key or without.',
    ),
    cfg.StrOpt('keyfile', help='PEM file of the key, if not in certfile.'),
]
