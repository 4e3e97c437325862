"""Warnings at start: the configuration works, but may not be intended."""

import functools
import logging
from collections.abc import Iterator, Mapping

from nova_update_guard.compute_api.create_fields import (
    CREATE_FIELDS,
    CREATE_RULE,
)
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import (
    REQUIRED,
    SERVER_ATTRIBUTES,
    SHOW,
    UNLISTED,
)
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.conf.guard import Settings
from nova_update_guard.deploy import (
    nova_policy,
    option_warnings,
    paste_file,
    rule_differences,
)
from nova_update_guard.deploy.known_clients import KNOWN, is_refused
from nova_update_guard.layers.modes import (
    AUDIT,
    FIELD_POLICY,
    FIELD_VALIDATION,
    ONE_PARAMETER,
    RESPONSE_REDACTION,
)
from nova_update_guard.middleware import views
from nova_update_guard.policy import loader, trees
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.notices import notices

LOG = logging.getLogger(__name__)

# The most warnings of one load of the policy files.
_MOST = 20
# A caller who is nobody. What it may do, all may, unless a rule says "not".
_STRANGER = {'roles': [], 'user_id': '', 'project_id': ''}
# The checks of a caller who owns the server.
_OWNS = (
    *('project_id:%(project_id)s', 'project_id:%(server.tenant_id)s'),
    *('user_id:%(user_id)s', 'user_id:%(server.user_id)s'),
)
_CREATED = {row.field for row in CREATE_FIELDS}


def warn_of_options(paste: Mapping[str, str], settings: Settings) -> None:
    """Warn, once each, of options that are hardly meant."""
    for warning in option_warnings.warnings(paste, settings):
        _say(warning)


def warn_of_clients(settings: Settings) -> None:
    """Warn, once for each text, of known clients that *settings* refuse."""
    for warning in client_warnings(settings):
        _say(warning)


def client_warnings(settings: Settings) -> Iterator[str]:
    """Yield which known clients *settings* refuse, or would without audit."""
    mode = settings.modes.get(ONE_PARAMETER)
    refused = [
        f'{known.client} ({known.operation})'
        for known in KNOWN
        if is_refused(
            known,
            settings.counts_changed,
            settings.allowed_field_sets,
            settings.allow_empty,
        )
    ]
    if mode and refused:
        does = 'would refuse' if mode == AUDIT else 'refuses'
        yield (
            f'one_parameter {does} known clients: {", ".join(refused)}. To '
            'let most of them pass, set counted_fields, allowed_field_sets '
            'and empty_update as in the profiles beside the sample files'
        )


@functools.cache
def warn_of_pipelines(path: str) -> None:
    """Warn of problems in the pipelines of the paste file, once for a file."""
    for warning in pipeline_warnings(path) if path else ():
        LOG.warning('%s', warning)


def pipeline_warnings(path: str) -> Iterator[str]:
    """Yield the problems in the pipelines of the paste file."""
    try:
        for pipeline, problem in paste_file.problems(path):
            yield f'{path}: [{pipeline}] {problem}'
    except Exception as error:
        # Paste's are of many kinds. If it needs what is wrong, it says so.
        yield (
            f'{path}: the pipelines could not be checked: '
            f'{type(error).__name__}: {error}'
        )


def warn_of_policy(rules: Rules, settings: Settings) -> None:
    """Warn, once each, of what is hardly meant in *rules*."""
    warnings = [*policy_warnings(rules, settings)]
    for warning in warnings[:_MOST]:
        _say(warning)
    if more := len(warnings[_MOST:]):
        _say(f'{more} more such warnings: nova-update-guard check lists them')


def policy_warnings(rules: Rules, settings: Settings) -> Iterator[str]:
    """Yield what is hardly meant, of rules only those of layers that are on.

    Files that are hardly meant, notices, exemptions of owners, rules of create
    that are not used, rules by which strict clients fail, and those that allow
    everybody.
    """
    layers = settings.modes
    yield from _strays(settings)
    yield from notices(rules)
    if FIELD_VALIDATION in layers and settings.checks_create:
        yield from _exempt_at_create(rules)
    if not settings.checks_create:
        yield from _unused_at_create(rules)
    if RESPONSE_REDACTION in layers:
        yield from _required(rules)
    stranger = rules.caller(_STRANGER)
    show_rules = {UNLISTED, *(row.rule for row in SERVER_ATTRIBUTES)}
    if RESPONSE_REDACTION in layers and all(
        map(stranger.authorize, show_rules)
    ):
        yield (
            'All rules update_guard:server:show:* allow everybody: '
            'response_redaction redacts nothing'
        )
    if FIELD_POLICY in layers and all(
        stranger.authorize(row.rule) for row in UPDATE_FIELDS
    ):
        yield (
            'All rules update_guard:server:update:* allow everybody: '
            'field_policy refuses nothing'
        )


def _strays(settings: Settings) -> Iterator[str]:
    """Yield the files in policy_dirs that may be backups, or notes."""
    for path in loader.files(settings).strays():
        yield (
            f'{path}: is read as a policy file, as all files in policy_dirs '
            'are, and its name does not end in .yaml, .yml or .json: rename '
            'it if its rules are meant, or else move it out of the directory'
        )


def _exempt_at_create(rules: Rules) -> Iterator[str]:
    """Yield the constraints that spare the owner, who creates the server."""
    for constraint in rules.constraints:
        rule = constraint.rule
        leaves = map(str, trees.leaves(rules.trees, rule))
        owns = next((leaf for leaf in leaves if leaf in _OWNS), None)
        if owns and constraint.field in _CREATED:
            yield (
                f'{rules.places[rule]}: {rule}: unless: {owns} is true at '
                "every create, since a new server is its creator's: to "
                'constrain new servers, exempt a role or the id of a project'
            )


def _unused_at_create(rules: Rules) -> Iterator[str]:
    """Yield the given rules of create, where creates are not checked."""
    for rule, place in rules.places.items():
        if rule.startswith(CREATE_RULE):
            yield (
                f'{place}: {rule}: has no effect, since check_create is '
                'false: set it to true, or remove the rule'
            )


def _required(rules: Rules) -> Iterator[str]:
    """Yield the rules that leave out what nova's clients may rely on."""
    stranger = rules.caller(_STRANGER)
    for name, where in REQUIRED.items():
        rule = f'{SHOW}{name}'
        is_open = stranger.authorize(rule) and not trees.negates(
            rules.trees, rule
        )
        if not is_open:
            yield (
                f'{rules.places.get(rule, "the defaults")}: {rule}: whom it '
                f'denies get servers without {name!r}, which nova sends '
                f'{where}: Tempest, and other clients that check responses, '
                'reject it. Write @ if such clients are used here'
            )


def warn_of_nova(path: str, rules: Rules, settings: Settings) -> None:
    """Warn, inside nova, if nova is newer, or allows more than *rules*.

    *path* is of the paste file: only if it names nova's app, this is nova's
    process.
    """
    if not (nova_policy.is_here() and _names_nova(path)):
        return
    try:
        newest = nova_policy.newest()
        differences = rule_differences.differences(
            rules, settings.modes, settings.checks_actions
        )
    except Exception as error:
        _say(f"nova's policy could not be read: {error}")
        return
    if newest > MAX:
        views.warn_of_newer(newest)
    for difference in differences:
        _say(difference)


# nova loads the filter twice: it is in two pipelines.
@functools.lru_cache(maxsize=256)
def _say(text: str) -> None:
    """Log a warning, once."""
    LOG.warning('%s', text)


def _names_nova(path: str) -> bool:
    try:
        return bool(path) and paste_file.ends_in_nova(path)
    except Exception:
        return False
