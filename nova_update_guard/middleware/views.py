"""The views by which responses are redacted, one per caller and version."""

import functools
import logging
from collections.abc import Collection
from weakref import WeakKeyDictionary

from nova_update_guard.bounded_cache import BoundedCache
from nova_update_guard.compute_api import microversions
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    UNLISTED,
    declared,
    effective_version,
)
from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers.keyed_hash import HostIdHasher
from nova_update_guard.layers.redaction import View, view_at
from nova_update_guard.middleware.responses import Response
from nova_update_guard.policy.enforcer import Caller

LOG = logging.getLogger(__name__)

# The limit of cached views, in number: no client and no server makes one
# larger.
_MAX_VIEWS = 512
_RULES = (UNLISTED, *sorted({row.rule for row in SERVER_ATTRIBUTES}))


class Views:
    """Makes views and caches them; *hash_host_id* hashes hidden host ids.

    *extra_attributes* are declared by the operator.
    """

    def __init__(
        self,
        hash_host_id: HostIdHasher | None,
        extra_attributes: Collection[str] = (),
    ) -> None:
        self.hash_host_id = hash_host_id
        self._extra = extra_attributes
        extra = declared(extra_attributes).values()
        self._rules = (*_RULES, *(row.rule for row in extra))
        # By version, and the results of all rules.
        self._views: BoundedCache[tuple[object, ...], View] = BoundedCache(
            _MAX_VIEWS
        )
        # The same views, while their callers are cached.
        self._by_caller: WeakKeyDictionary[Caller, dict[Version, View]] = (
            WeakKeyDictionary()
        )

    def of(self, response: Response, caller: Caller) -> View | None:
        """Return *caller*'s view of *response*; None to redact nothing."""
        if not response.status.startswith('2'):
            return None
        version = microversions.of_response(response.headers)
        if version > microversions.MAX:
            warn_of_newer(version)
        view = self.at(version, caller)
        return None if view.sees_all else view

    def at(self, version: Version, caller: Caller) -> View:
        """Return *caller*'s view of documents at *version*."""
        edge = effective_version(version)
        views = self._by_caller.get(caller)
        if views is None:
            views = self._by_caller[caller] = {}
        view = views.get(edge)
        if view is None:
            view = views[edge] = self._shared(edge, caller)
        return view

    def _shared(self, version: Version, caller: Caller) -> View:
        """Return the view of all callers with the same results of rules."""
        results = {rule: caller.authorize(rule) for rule in self._rules}
        key = (version, *results.values())
        view = self._views.get(key)
        if view is None:
            view = view_at(
                *(version, results.__getitem__),
                *(self.hash_host_id, self._extra),
            )
            self._views.put(key, view, 1)
        return view


@functools.lru_cache(maxsize=64)
def warn_of_newer(version: Version) -> None:
    """Warn that nova is newer than the tables, once for each *version*."""
    LOG.warning(
        'nova supports microversion %s, the guard those up to %s: it checks '
        'requests at later ones by the rules of %s, and new attributes by '
        'update_guard:server:show:unlisted. Upgrade the guard',
        *(version, microversions.MAX, microversions.MAX),
    )
