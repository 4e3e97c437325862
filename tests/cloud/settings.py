"""Settings of one start of nova-api."""

from collections.abc import Mapping
from dataclasses import dataclass, field

V21 = 'openstack_compute_api_v21'
V2 = 'openstack_compute_api_v21_legacy_v2_compatible'

RIGHT_PLACES: Mapping[str, str] = {
    V21: 'keystonecontext',
    V2: 'legacy_v2_compatible',
}
NOWHERE: Mapping[str, str] = {}

UWSGI = 'uwsgi'
GUNICORN = 'gunicorn'


@dataclass(frozen=True)
class Settings:
    """How nova-api and the guard, in it or before it, are configured.

    nova_conf     more lines for nova.conf, sections and all
    keystone_conf more lines for keystone.conf, sections and all
    guard_conf    more lines for [update_guard] in nova-update-guard.conf
    filter_lines  more lines for [filter:update_guard] in api-paste.ini
    policy        the text of the guard's policy file
    guard_after   for each of nova's pipelines that has the guard, the filter
                  that it comes after
    gunicorn_conf more lines for the gunicorn.conf.py of nova-api
    workers       how many processes serve nova's API
    proxies       what serves each of the reverse proxies before nova, two at
                  most: UWSGI or GUNICORN; with any, the guard is in them,
                  and in no pipeline of nova
    proxy_conf    more lines for nova-update-guard.conf of the proxies,
                  sections and all
    """

    nova_conf: str = ''
    keystone_conf: str = ''
    guard_conf: str = ''
    filter_lines: str = ''
    policy: str = ''
    guard_after: Mapping[str, str] = field(
        default_factory=lambda: RIGHT_PLACES
    )
    gunicorn_conf: str = ''
    workers: int = 1
    proxies: tuple[str, ...] = ()
    proxy_conf: str = ''

    @property
    def pipelines(self) -> Mapping[str, str]:
        """nova's pipelines with the guard, and the filter before it."""
        return NOWHERE if self.proxies else self.guard_after
