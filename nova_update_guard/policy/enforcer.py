"""Evaluate rules by oslo.policy's own checks, and cache the results."""

import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from oslo_config import cfg
from oslo_policy import _checks, policy

from nova_update_guard.bounded_cache import BoundedCache, size_of
from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import Version
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    UNLISTED,
)
from nova_update_guard.layers import redaction
from nova_update_guard.layers.constraints import Constraint
from nova_update_guard.layers.keyed_hash import HostIdHasher
from nova_update_guard.layers.redaction_plan import Verdict
from nova_update_guard.policy import targets
from nova_update_guard.policy.checks import Checks

LOG = logging.getLogger(__name__)

Creds = MutableMapping[str, Any]

# The limits of the caches of one process, in bytes: of callers, and of results
# about servers.
_MAX_CALLERS = 8 * 2**20
_MAX_ANSWERS = 4 * 2**20
# The limit of cached views, in number: no client and no server makes one
# larger.
_MAX_VIEWS = 512
# The final size of a cached caller: a verdict for each text of a rule, and a
# view for each version at which there is something new.
_CALLER_BYTES = 6 * 2**10


class _NeedsServerError(Exception):
    """The result depends on the server."""


class _NoServer(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise _NeedsServerError(name)


class Rules:
    """The rules of one load; *revision* is a hash of the operator's files.

    *keyed* hashes the host ids for callers that may not see the host.
    """

    def __init__(
        self,
        checks: Checks,
        revision: str,
        constraints: Sequence[Constraint] = (),
        keyed: HostIdHasher | None = None,
    ) -> None:
        self.revision = revision
        self.constraints = constraints
        self._keyed = keyed
        self.texts = checks.texts
        self._shown = [UNLISTED, *{row.rule for row in SERVER_ATTRIBUTES}]
        self.readers = {
            rule: {name: targets.reader(name) for name in names}
            for rule, names in checks.names.items()
        }
        self.opaque = checks.opaque
        # Checks find other rules, and oslo.policy's options, in the enforcer.
        # It has a conf of its own: no rule or option meant for nova holds for
        # the guard.
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        self._enforcer = policy.Enforcer(conf, use_conf=False)
        self._enforcer.set_rules(checks.rules)
        # A missing rule must raise an error, not fall back to "default".
        self._enforcer.rules.default_rule = None
        self._callers: BoundedCache[str, Caller] = BoundedCache(_MAX_CALLERS)
        self._views: BoundedCache[tuple[object, ...], redaction.View] = (
            BoundedCache(_MAX_VIEWS)
        )
        # By caller, text of the rule and the values that it names.
        self.answers: BoundedCache[tuple[object, ...], bool] = BoundedCache(
            _MAX_ANSWERS
        )
        # Rules with a check that has failed.
        self._failed: set[str] = set()

    def caller(self, creds: Creds) -> 'Caller':
        """Return the caller with these *creds*, from the cache if known."""
        key = repr(creds)
        known = self._callers.get(key)
        if known is None:
            known = Caller(self, creds)
            size = size_of(key) + size_of(creds) + _CALLER_BYTES
            self._callers.put(key, known, size)
        return known

    def view(self, version: Version, verdict: Verdict) -> redaction.View:
        """Return the view at *version* of all callers with these verdicts."""
        verdicts = {rule: verdict(rule) for rule in self._shown}
        key = (version, *verdicts.values())
        view = self._views.get(key)
        if view is None:
            view = redaction.view_at(
                version, verdicts.__getitem__, self._keyed
            )
            self._views.put(key, view, 1)
        return view

    def answer(self, rule: str, target: Any, creds: Creds) -> bool:
        """Return the result of *rule*'s check; False if the check fails.

        It is called as oslo.policy calls it: plug-ins take three arguments or
        four, and nova's own ``is_admin`` takes three.
        """
        check = self._enforcer.rules[rule]
        try:
            return bool(
                _checks._check(check, target, creds, self._enforcer, rule)
            )
        except (_NeedsServerError, targets.UnknownError):
            raise
        except Exception as error:
            # Errors of any kind: a plug-in's, or those of a service that it
            # calls.
            problem = type(error).__name__
        self._tell(rule, problem)
        return False

    def _tell(self, rule: str, problem: str) -> None:
        """Log once that a check of *rule* fails, without its arguments."""
        if rule not in self._failed:
            self._failed.add(rule)
            LOG.error(
                '%s: a check failed with %s, so the rule denies. See what '
                'the check refers to',
                *(rule, problem),
            )


class Caller:
    """The results of the rules for one caller."""

    def __init__(self, rules: Rules, creds: Creds) -> None:
        self._rules = rules
        # The operator's constraints on values, of the same load.
        self.constraints = rules.constraints
        self._creds = creds
        self._verdicts: dict[str, bool | None] = {}
        self._views: dict[Version, redaction.View] = {}

    def verdict(self, rule: str) -> bool | None:
        """Return the result of *rule*; None if it depends on the server.

        Rules with the same text have the same result.
        """
        if rule in self._rules.opaque:
            return None
        text = self._rules.texts[rule]
        if text not in self._verdicts:
            self._verdicts[text] = self._without_server(rule)
        return self._verdicts[text]

    def can(self, rule: str, server: Mapping[str, Any]) -> bool:
        """Return *rule*'s result for *server*; False if a value is missing."""
        readers = self._rules.readers[rule]
        values = {name: read(server) for name, read in readers.items()}
        if rule in self._rules.opaque:
            return self._asked(rule, targets.everything(server) | values)
        key = (self, self._rules.texts[rule], *values.values())
        answer = self._rules.answers.get(key)
        if answer is None:
            answer = self._asked(rule, values)
            self._rules.answers.put(key, answer, size_of(key))
        return answer

    def may(self, rule: str, server: Callable[[], Mapping[str, Any]]) -> bool:
        """Return the result of *rule*; call *server* only if it is needed."""
        verdict = self.verdict(rule)
        return self.can(rule, server()) if verdict is None else verdict

    def view(self, version: Version) -> redaction.View:
        """Return the view of documents at *version* for this caller."""
        edge = server_attributes.effective_version(version)
        view = self._views.get(edge)
        if view is None:
            view = self._views[edge] = self._rules.view(edge, self.verdict)
        return view

    def _without_server(self, rule: str) -> bool | None:
        try:
            return self._rules.answer(rule, _NoServer(), self._creds)
        except _NeedsServerError:
            return None

    def _asked(self, rule: str, values: Mapping[str, Any]) -> bool:
        target = targets.Target(values)
        try:
            return self._rules.answer(rule, target, self._creds)
        except targets.UnknownError:
            return False
