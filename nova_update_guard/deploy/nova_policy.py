"""nova's own policy, where nova is installed."""

import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from oslo_config import cfg
from oslo_policy import policy as oslo_policy

from nova_update_guard.compute_api.version import Version
from nova_update_guard.policy import trees


def is_here() -> bool:
    """Check whether this process is nova's."""
    return 'nova.policy' in sys.modules


def newest() -> Version:
    """Return the newest microversion of nova in this process."""
    from nova.api.openstack import api_version_request

    newest = api_version_request.max_api_version()
    return Version(newest.ver_major, newest.ver_minor)


@contextmanager
def using(texts: Mapping[str, Any]) -> Iterator[set[str]]:
    """Let nova have the rules *texts*, and its defaults; yield their names.

    The names are nova's own, old ones too. Only for a process that is not
    nova's: all logging is off meanwhile. Raises ImportError without nova.
    """
    with _quietly(), tempfile.NamedTemporaryFile('w', suffix='.json') as file:
        from nova import policies, policy

        json.dump(dict(texts), file)
        file.flush()
        cfg.CONF([], default_config_files=[], default_config_dirs=[])
        # It registers the option.
        oslo_policy.Enforcer(cfg.CONF)
        cfg.CONF.set_override('policy_dirs', [], 'oslo_policy')
        policy.reset()
        try:
            policy.init(policy_file=file.name)
            yield {
                name for rule in policies.list_rules() for name in _names(rule)
            }
        finally:
            policy.reset()


@contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        logging.disable()
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def _names(rule: Any) -> Iterator[str]:
    yield rule.name
    if rule.deprecated_rule:
        yield rule.deprecated_rule.name


def leaves(names: Iterable[str]) -> list[Any]:
    """Return the checks of nova's rules *names*, and of those they refer to.

    Unlike the guard's, these may lead nowhere or back.
    """
    from nova import policy

    policy.init()
    checks = policy.get_rules()
    found = []
    seen: set[str] = set()
    ahead = [*names]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        for part in trees.parts(_check(checks, name)):
            kind = getattr(part, 'kind', '')
            if kind == 'rule':
                ahead.append(part.match)
            elif kind == 'is_admin':
                ahead.append(trees.ADMIN_RULE)
            else:
                found.append(trees.prepared(part))
    return found


def _check(checks: Mapping[str, Any], name: str) -> Any:
    # A rule that is missing may be the default rule, so get() is no use.
    try:
        return checks[name]
    except KeyError:
        return trees.Never()
