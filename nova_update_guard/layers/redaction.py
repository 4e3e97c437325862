"""Redact server documents for one caller.

Pure: documents have the bytes of their values, and policy checks are passed
in. All that does not depend on the server is decided once per caller and
version; per server, only the rules that name the server's values are checked.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import Raw

from nova_update_guard.compute_api import documents, server_attributes
from nova_update_guard.compute_api.documents import Document, Parsed
from nova_update_guard.compute_api.server_attributes import (
    DROP,
    HOST,
    HOST_ID,
    UNLISTED,
    Attribute,
)
from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers import keyed_hash
from nova_update_guard.layers.keyed_hash import HostIdHasher
from nova_update_guard.layers.redaction_plan import (
    RedactionPlan,
    RedactionPlans,
    ResultOf,
)

# The result of a rule for this caller and a server's document.
Authorize = Callable[[str, Mapping[str, Any]], bool]
# The same for one server.
Check = Callable[[str], bool]
# By attribute, nested ones with a dot: the number of servers it was taken
# from.
Taken = dict[str, int]

# The limits of the cache of redacted values, such as flavors and addresses:
# the number of values in a process, and the bytes of one.
_MAX_CACHED = 4096
_MAX_CACHED_BYTES = 2048
# The cached values of all views, the oldest first. To track the last use would
# cost more at each access than to redact a value again.
_CACHED: 'deque[tuple[View, bytes]]' = deque()


class _Inside(NamedTuple):
    """A *value* with redacted documents, and the attributes *taken* out."""

    taken: set[str]
    value: Any


class View:
    """The redaction of one kind of document for one caller.

    *rows* are by key of the document, *unruled* keys are always shown, keys in
    *nested* hold documents with a view of their own. *above* is the attribute
    that holds such documents. A caller that may not see the host gets the host
    id as *hash_host_id* hashes it, if that is given.
    """

    def __init__(
        self,
        rows: Mapping[str, Attribute],
        unruled: Collection[str],
        nested: Mapping[str, 'View'],
        result_of: ResultOf,
        above: str = '',
        hash_host_id: HostIdHasher | None = None,
    ) -> None:
        self._rows = rows
        self._nested = {
            key: view for key, view in nested.items() if not view.sees_all
        }
        self._result_of = result_of
        self._prefix = f'{above}.' if above else ''
        self._labelled = above in server_attributes.KEYED_BY_NETWORK
        self._hash_host_id = None if result_of(HOST) else hash_host_id
        self._plans = RedactionPlans(
            rows, unruled, self._nested, result_of, bool(self._hash_host_id)
        )
        self._cached: dict[bytes, _Inside] = {}
        rules = {UNLISTED, *(row.rule for row in rows.values())}
        self._depends = None in map(result_of, rules)
        self.sees_all: bool = all(map(result_of, rules)) and not self._nested

    def redact(
        self, servers: Iterable[Document], authorize: Authorize
    ) -> Taken:
        """Redact *servers* in place; return the attributes taken, with counts.

        Every rule is checked against the server as nova sent it, before any
        change.
        """
        taken: Taken = {}
        used: dict[RedactionPlan, int] = {}
        for server in servers:
            plan = self._plans[tuple(server)]
            used[plan] = used.get(plan, 0) + 1
            if plan.depends and not self._is_clean(plan, server):
                check = _check_for(Parsed(server), authorize)
                for name in self._redact_by(plan, server, check):
                    taken[name] = taken.get(name, 0) + 1
            else:
                _change(server, plan.always_hidden)
        for plan, count in used.items():
            for key, _ in plan.always_hidden:
                taken[key] = taken.get(key, 0) + count
        return taken

    def _is_clean(self, plan: RedactionPlan, document: Document) -> bool:
        """Return whether only the plan's hidden keys need redaction.

        That is so if the same nested values have been inspected before.
        """
        if plan.conditional or plan.hash_host_id:
            return False
        for key in plan.nested:
            inside = self._nested[key]._cached.get(bytes(document[key]))
            if inside is None or inside.taken:
                return False
        return True

    def _redact_by(
        self, plan: RedactionPlan, document: Document, check: Check
    ) -> set[str]:
        """Redact *document* by a *plan* that depends on the server.

        Return the attributes taken, without those that the plan always hides.
        """
        changes: Document = {}
        if plan.hash_host_id and not self._may_see_host(check):
            hashed = self._hashed_host_id(document)
            changes |= {HOST_ID: hashed} if hashed else {}
        for key, value, rule in plan.conditional:
            if not check(rule):
                changes[key] = value
        taken = {f'{self._prefix}{key}' for key in changes}
        for key in plan.nested:
            if key not in changes:
                view = self._nested[key]
                inside = view._redact_nested(document[key], check)
                if inside.taken:
                    changes[key] = inside.value
                    taken |= inside.taken
        _change(document, plan.always_hidden)
        _change(document, changes.items())
        return taken

    def _redact_nested(self, raw: Raw, check: Check) -> _Inside:
        """Return *raw* with its documents redacted, and the attributes taken.

        The same value occurs again and again; unless a rule depends on the
        server, the result is the same as well.
        """
        if self._depends or len(memoryview(raw)) > _MAX_CACHED_BYTES:
            return self._redact_all(raw, check)
        key = bytes(raw)
        inside = self._cached.get(key)
        if inside is None:
            found = self._redact_all(Raw(key), check)
            written = Raw(documents.written(found.value))
            inside = self._cached[key] = _Inside(found.taken, written)
            _CACHED.append((self, key))
            if len(_CACHED) > _MAX_CACHED:
                view, oldest = _CACHED.popleft()
                view._cached.pop(oldest, None)
        return inside

    def _redact_all(self, raw: Raw, check: Check) -> _Inside:
        value = documents.opened(raw, self._labelled)
        taken: set[str] = set()
        for document in documents.inner(value, self._labelled):
            plan = self._plans[tuple(document)]
            taken.update(
                f'{self._prefix}{key}' for key, _ in plan.always_hidden
            )
            taken |= self._redact_by(plan, document, check)
        return _Inside(taken, value)

    def _may_see_host(self, check: Check) -> bool:
        return self._result_of(HOST) is None and check(HOST)

    def _hashed_host_id(self, document: Document) -> str:
        """Return the host id's keyed hash; '' without a host id."""
        host_id = keyed_hash.text(document[HOST_ID])
        hash_host_id = self._hash_host_id
        return hash_host_id(host_id) if hash_host_id and host_id else ''


def view_at(
    version: Version,
    result_of: ResultOf,
    hash_host_id: HostIdHasher | None = None,
    extra_attributes: Iterable[str] = (),
) -> View:
    """Return the view at *version* for callers with these results of rules."""
    rows = server_attributes.attributes_at(version)
    rows |= server_attributes.declared(extra_attributes)
    nested = {
        parent: View(_under(f'{parent}.', rows), keys, {}, result_of, parent)
        for parent, keys in server_attributes.NESTED_KEYS.items()
    }
    own = {name: row for name, row in rows.items() if '.' not in name}
    unruled = server_attributes.UNRULED
    return View(own, unruled, nested, result_of, hash_host_id=hash_host_id)


def _change(document: Document, changes: Iterable[tuple[str, object]]) -> None:
    for key, value in changes:
        if value is DROP:
            del document[key]
        else:
            document[key] = value


def _check_for(server: Mapping[str, Any], authorize: Authorize) -> Check:
    return lambda rule: authorize(rule, server)


def _under(prefix: str, rows: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {
        name.removeprefix(prefix): row
        for name, row in rows.items()
        if name.startswith(prefix)
    }
