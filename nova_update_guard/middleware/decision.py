"""One judged request: what it is about, and what was found.

What is found does not yet act: a layer may only be there to tell what it
would have done.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.layers.modes import ENFORCE, Modes
from nova_update_guard.layers.redaction import Viewer


class Identity(NamedTuple):
    """A verified caller; *creds* are its policy values."""

    user_id: str | None
    project_id: str | None
    creds: dict[str, Any]


class Violation(NamedTuple):
    """What each of *layers* refuses a request for."""

    layers: tuple[str, ...]
    refusal: Refusal


class Decision:
    """One request, as it is judged.

    operation   ``update``, ``action``, ``read`` or ``other``
    modes       of the layers that apply to it
    findings    what speaks against it, in the order of the layers
    refused     the first of them that a layer acts upon
    identity    of the caller, None while nobody has verified it
    viewer      the caller, for whom answers are redacted
    revision    of the policy that it was judged by
    version     the microversion that it asks for
    changes     the fields that it would change, with their new values
    before      the server as it was, if it had to be shown
    taken       by attribute, from how many servers it was taken, or would be
    servers     how many of them the answer has
    status      of nova's answer, if it was asked
    guard_ns    nanoseconds that the guard took, and nova
    """

    __slots__ = (
        'before',
        'changes',
        'guard_ns',
        'identity',
        'modes',
        'nova_ns',
        'operation',
        'refused',
        'revision',
        'servers',
        'status',
        'taken',
        'version',
        'viewer',
        'violations',
    )

    def __init__(self, operation: str, modes: Modes) -> None:
        self.operation = operation
        self.modes = modes
        self.violations: list[Violation] = []
        self.refused: Violation | None = None
        self.identity: Identity | None = None
        self.viewer: Viewer | None = None
        self.revision = ''
        self.version = ''
        self.changes: Mapping[str, object] = {}
        self.before: Mapping[str, Any] | None = None
        self.taken: Mapping[str, int] = {}
        self.servers = 0
        self.status: int | None = None
        self.guard_ns = 0
        self.nova_ns = 0

    def add(self, violation: Violation) -> bool:
        """Keep *finding*; tell whether the request is refused for it."""
        self.violations.append(violation)
        if self.refused is None and self.acts(*violation.layers):
            self.refused = violation
        return self.refused is not None

    def acts(self, *named: str) -> bool:
        """Tell whether one of the layers *named*, or any, acts."""
        modes = self.modes
        return ENFORCE in [modes.get(name) for name in named or modes]

    @property
    def decided_by(self) -> Violation | None:
        """What the request is refused for, or would be."""
        return self.refused or next(iter(self.violations), None)
