"""``nova-update-guard policy test``: test the policy by cases in files."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from cliff.command import Command

from nova_update_guard.analysis import case_runs, cases, junit, starter
from nova_update_guard.analysis.case_runs import Result
from nova_update_guard.cmd import configured, main
from nova_update_guard.cmd.configured import CheckError, Configured
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.report.cells import printable

_STARTER = 'policy-test.yaml'


class Test(Command):
    """Test that the guard decides as the cases in files expect.

    Exits with 1 if a case fails, and with 2 if a file cannot be used. With -v,
    names each case, and the rules that no case asks. Sends nothing to nova.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        parser.usage = f'{prog_name} [options] FILE ...'
        parser.add_argument(
            'files', metavar='FILE', nargs='*', help='a file of cases, in YAML'
        )
        parser.add_argument(
            '--init',
            action='store_true',
            help=f'write FILE, by default {_STARTER}, with cases that expect '
            'what is in force now; it must not exist',
        )
        parser.add_argument(
            '--junit-xml', metavar='FILE', help='also write JUnit XML'
        )
        parser.add_argument(
            '--call-services',
            action='store_true',
            help='call the services and plug-ins that rules refer to',
        )
        configured.add_arguments(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Run the cases, and print the results. Raises CheckError."""
        loaded = configured.load(parsed_args)
        if parsed_args.init:
            self._init(parsed_args.files or [_STARTER], loaded)
            return
        if not parsed_args.files:
            raise CheckError('name a file of cases; --init writes one')
        results = _results(parsed_args, loaded)
        if parsed_args.junit_xml:
            _write(parsed_args.junit_xml, junit.document(results), 'w')
        every = [each for found in results.values() for each in found]
        missing = case_runs.not_asked(loaded.rules, every)
        # cliff takes -v for itself, also behind the command.
        names = self.app.options.verbose_level > 1
        lines = _lines(
            every, missing, len(case_runs.askable(loaded.rules)), names
        )
        self.app.stdout.writelines(f'{line}\n' for line in lines)
        if not all(result.is_passed for result in every):
            main.found(self.app)

    def _init(self, files: list[str], loaded: Configured) -> None:
        if len(files) > 1:
            raise CheckError(f'--init writes one file, not {len(files)}')
        text = starter.text(loaded.settings, loaded.rules)
        _write(files[0], text, 'x')
        self.app.stdout.write(f'{files[0]}\n')


def _results(
    parsed_args: argparse.Namespace, loaded: Configured
) -> dict[str, list[Result]]:
    """Return the results by file, after all files are read."""
    try:
        read = {
            name: cases.read(Path(name), loaded.rules.texts)
            for name in parsed_args.files
        }
    except PolicyError as error:
        raise CheckError(str(error)) from None
    except OSError as error:
        raise CheckError(f'{error.filename}: {error.strerror}') from None
    settings, _, rules = loaded
    calls = parsed_args.call_services
    return {
        name: [case_runs.run(settings, rules, case, calls) for case in found]
        for name, found in read.items()
    }


def _lines(
    results: list[Result],
    missing: list[str],
    number: int,
    names: bool,
) -> Iterator[str]:
    for result in results:
        if not result.is_passed:
            yield from _failure(result)
        elif names:
            yield f'passed  {_plain(result)}'
    failed = sum(not result.is_passed for result in results)
    passed = len(results) - failed
    yield f'{len(results)} cases: {passed} passed, {failed} failed'
    hint = '' if names or not missing else '; -v names the others'
    yield f'{number - len(missing)} of {number} rules are asked{hint}'
    if names:
        yield from (f'not asked  {rule}' for rule in missing)


def _failure(result: Result) -> Iterator[str]:
    yield f'failed  {_plain(result)}'
    yield f'  expected  {result.expected}'
    yield f'  got       {result.got}'
    yield from (f'    {line}'.rstrip() for line in result.why.splitlines())


def _plain(result: Result) -> str:
    return f'{result.case.place}: {printable(result.case.name)}'


def _write(name: str, text: str, mode: str) -> None:
    """Write *text* to a file. Raises CheckError."""
    try:
        with Path(name).open(mode, encoding='utf-8') as file:
            file.write(text)
    except FileExistsError:
        raise CheckError(f'{name} exists: it is not overwritten') from None
    except OSError as error:
        raise CheckError(f'{name}: {error.strerror}') from None
