"""The decision on one request: its violations, and the facts around them.

A violation alone refuses nothing: in the mode ``audit`` a layer only records
it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.layers.modes import ENFORCE, Modes
from nova_update_guard.layers.sort_keys import HiddenKey
from nova_update_guard.middleware.lookup import Lookup
from nova_update_guard.middleware.responses import Response
from nova_update_guard.policy.enforcer import Caller


class Identity(NamedTuple):
    """A verified caller; *creds* are its oslo.policy credentials.

    *key* is their caller_key, if somebody has made it.
    """

    user_id: str | None
    project_id: str | None
    creds: dict[str, Any]
    key: bytes = b''


class Violation(NamedTuple):
    """A reason to refuse a request, found by each of *layers*."""

    layers: tuple[str, ...]
    refusal: Refusal


class Decision:
    """The decision on one request, filled in while it is checked.

    operation   ``update``, ``action``, ``create``, ``read`` or ``other``
    modes       of the layers that apply to the request
    violations  all reasons to refuse it, in the order of the layers
    refused     the first violation of a layer in the mode ``enforce``
    identity    of the caller; None while it is not verified
    caller      for whom responses are redacted
    revision    of the policy that was in force
    version     the requested microversion
    changes     the fields that it would change, with their new values
    lookups     by id of a server: its lookup
    before      the server before the change, if it was looked up
    taken       by attribute: the number of servers it was, or would be,
                taken out of
    sort_keys   those that are, or would be, taken out of a list's query
    servers     the number of servers in the response
    response    the guard's own, in place of nova's
    status      of nova's response, if the request was sent to nova
    guard_ns    nanoseconds spent in the guard
    nova_ns     nanoseconds spent in nova
    """

    __slots__ = (
        'before',
        'caller',
        'changes',
        'guard_ns',
        'identity',
        'lookups',
        'modes',
        'nova_ns',
        'operation',
        'refused',
        'response',
        'revision',
        'servers',
        'sort_keys',
        'status',
        'taken',
        'version',
        'violations',
    )

    def __init__(self, operation: str, modes: Modes) -> None:
        self.operation = operation
        self.modes = modes
        self.violations: list[Violation] = []
        self.refused: Violation | None = None
        self.identity: Identity | None = None
        self.caller: Caller | None = None
        self.revision = ''
        self.version = ''
        self.changes: Mapping[str, object] = {}
        self.lookups: dict[str, Lookup] = {}
        self.before: Mapping[str, Any] | None = None
        self.taken: Mapping[str, int] = {}
        self.sort_keys: Sequence[HiddenKey] = ()
        self.servers = 0
        self.response: Response | None = None
        self.status: int | None = None
        self.guard_ns = 0
        self.nova_ns = 0

    def add(self, violation: Violation) -> bool:
        """Add *violation*; return whether the request is refused now."""
        self.violations.append(violation)
        if self.refused is None and self.acts(*violation.layers):
            self.refused = violation
        return self.refused is not None

    def acts(self, *named: str) -> bool:
        """Check whether a layer of those *named*, by default any, enforces."""
        modes = self.modes
        return ENFORCE in [modes.get(name) for name in named or modes]

    @property
    def redacts(self) -> bool:
        """Whether something is, or would be, taken out."""
        return bool(self.taken or self.sort_keys)

    @property
    def decided_by(self) -> Violation | None:
        """The violation that refuses the request, or would refuse it."""
        return self.refused or next(iter(self.violations), None)
