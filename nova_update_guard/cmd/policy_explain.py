"""``nova-update-guard policy explain``: why the guard decides as it does."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from cliff.command import Command

from nova_update_guard.analysis import caller, explanation
from nova_update_guard.analysis.caller import KEYS
from nova_update_guard.analysis.dry_run import Request
from nova_update_guard.analysis.explanation import Explanation
from nova_update_guard.analysis.stand_in import Server, server_in
from nova_update_guard.cmd import caller_arguments, configured
from nova_update_guard.cmd.configured import CheckError
from nova_update_guard.middleware.decision import Identity
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.spelling import did_you_mean

_FORMATS = {'text': explanation.text, 'json': explanation.as_json}
# What HTTP takes as a method, and a header that holds a version.
_TOKEN = re.compile(r'[\w.!#$%&\'*+^`|~-]+\Z', re.ASCII)
_MICROVERSION = re.compile(r'2\.[0-9]{1,4}|latest')


class Explain(Command):
    """Explain what the guard decides on a rule or a request, and why.

    Shows the checks of each rule concerned, with their results for one caller
    and one server, and the refusal as the client would read it. Sends nothing
    to nova.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        parser.usage = f'{prog_name} [options]'
        _add_subject(parser)
        caller_arguments.add(parser)
        parser.add_argument(
            '--server',
            metavar='FILE',
            help="the server: nova's response to GET /servers/ID, as JSON; "
            'without it, what depends on the server stays open',
        )
        parser.add_argument(
            '--call-services',
            action='store_true',
            help='call the services and plug-ins that rules refer to, with '
            "the caller's and the server's values",
        )
        parser.add_argument(
            *('-f', '--format'),
            choices=_FORMATS,
            default='text',
            help='default: %(default)s',
        )
        configured.add_arguments(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the explanation. Raises CheckError."""
        loaded = configured.load(parsed_args)
        server = _server(parsed_args.server)
        explained = _explained(
            parsed_args, loaded, _identity(parsed_args, server), server
        )
        self.app.stdout.write(_FORMATS[parsed_args.format](explained))


def _add_subject(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group('what to explain')
    which = group.add_mutually_exclusive_group(required=True)
    which.add_argument('--rule', metavar='NAME', help='one rule')
    which.add_argument(
        '--path', help='a request for this path, such as /v2.1/servers/ID'
    )
    group.add_argument('--method', help='default, without a body: GET')
    group.add_argument(
        '--body', metavar='JSON|@FILE', help='the body of the request'
    )
    group.add_argument(
        '--microversion',
        metavar='2.N',
        type=_microversion,
        help='such as 2.96, or latest; default: 2.1, as for nova',
    )
    group.add_argument(
        '--header',
        metavar='NAME: VALUE',
        action='append',
        default=[],
        help='a header of the request; can be repeated',
    )


def _microversion(text: str) -> str:
    if not _MICROVERSION.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no microversion: write one such as 2.96, or latest'
        )
    return text


def _explained(
    parsed_args: argparse.Namespace,
    loaded: configured.Configured,
    identity: Identity,
    server: Server | None,
) -> Explanation:
    """Explain the rule or the request of the arguments."""
    calls = parsed_args.call_services
    settings, _, rules = loaded
    if parsed_args.rule is not None:
        _refuse_unknown(rules, parsed_args.rule)
        for name in ('method', 'body', 'microversion', 'header'):
            if getattr(parsed_args, name):
                raise CheckError(f'--{name} goes with --path')
        return explanation.of_rule(
            rules, identity, parsed_args.rule, server, calls
        )
    request = _request(parsed_args)
    return explanation.of_request(
        settings, rules, identity, request, server, calls
    )


def _refuse_unknown(rules: Rules, rule: str) -> None:
    if rule not in rules.texts:
        raise CheckError(
            f'--rule {rule}: there is no such rule'
            f'{did_you_mean(rule, rules.texts)}'
        )


def _identity(
    parsed_args: argparse.Namespace, server: Server | None
) -> Identity:
    """Return the caller of the arguments. Raises CheckError."""
    values = {
        name: getattr(parsed_args, name)
        for name in KEYS
        if getattr(parsed_args, name) is not None
    }
    if parsed_args.token is None:
        if 'roles' not in values:
            raise CheckError('name the caller: --roles ROLE,... or --token')
        return caller.of_values(values, server)
    if values:
        option = caller_arguments.option(next(iter(values)))
        raise CheckError(f'{option}: a token has it: leave it out, or --token')
    try:
        return caller.of_token(_json(parsed_args.token))
    except caller.TokenError as error:
        raise CheckError(f'{parsed_args.token}: {error}') from None


def _server(path: str | None) -> Server | None:
    if path is None:
        return None
    try:
        return server_in(_json(path))
    except ValueError as error:
        raise CheckError(f'{path}: {error}') from None


def _request(parsed_args: argparse.Namespace) -> Request:
    if not parsed_args.path.startswith('/'):
        raise CheckError(f'--path {parsed_args.path}: it begins with a slash')
    for name in ('method', 'microversion'):
        text = getattr(parsed_args, name) or 'GET'
        if not _TOKEN.match(text):
            raise CheckError(f'--{name} {text!a}: write one word')
    if parsed_args.body and not parsed_args.method:
        raise CheckError('--body: name the --method, too')
    body = parsed_args.body or ''
    data = _bytes(body[1:]) if body.startswith('@') else body.encode()
    return Request(
        (parsed_args.method or 'GET').upper(),
        parsed_args.path,
        data,
        parsed_args.microversion or '',
        dict(map(_header, parsed_args.header)),
    )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(':')
    if not (name.strip() and colon):
        raise CheckError(f'--header {text}: write NAME: VALUE')
    return name.strip(), value.strip()


def _json(path: str) -> Any:
    """Return the document in the file *path*. Raises CheckError."""
    try:
        return json.loads(_bytes(path))
    except json.JSONDecodeError as error:
        raise CheckError(f'{path}:{error.lineno}: {error.msg}') from None
    except (ValueError, RecursionError) as error:
        raise CheckError(f'{path}: is not JSON: {error}') from None


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CheckError(f'{path}: {error.strerror}') from None
