"""``nova-update-guard policy matrix``: who may change and see what."""

import argparse
import textwrap
from collections.abc import Callable, Sequence

from cliff.lister import Lister

from nova_update_guard.analysis import matrix_page
from nova_update_guard.analysis.matrix import SECTIONS, Matrix, joined, matrix
from nova_update_guard.cmd import configured
from nova_update_guard.cmd.configured import CheckError
from nova_update_guard.report.cells import formula_free, printable
from nova_update_guard.report.whole_files import whole_file
from nova_update_guard.spelling import did_you_mean

# The widest name and result in a table, in letters.
_WIDTHS = (40, 18)

Table = tuple[Sequence[str], list[Sequence[str]]]


class PolicyMatrix(Lister):
    """Show which caller may change which field, and see which attribute.

    Callers are keystone's roles, and each further role and credential that
    the policy names. Without -f, rules with equal results share a row; other
    formats have a row for each caller, and a column for each rule.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        configured.add_arguments(parser)
        parser.add_argument(
            '--what',
            choices=SECTIONS,
            default='all',
            help='rules about updates, with constraints, or about attributes '
            'to show; default: all',
        )
        parser.add_argument(
            '--html',
            metavar='FILE',
            help='also write an HTML page, with the text and the place of '
            'each rule',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        """Return columns and rows, after the page is written.

        Raises CheckError, or OSError for a page that cannot be written.
        """
        _, files, rules = configured.load(parsed_args)
        found = matrix(rules, parsed_args.what)
        is_table = parsed_args.formatter == 'table'
        cell = formula_free if parsed_args.formatter == 'csv' else str
        table = _for_people(found) if is_table else _for_programs(found, cell)
        _refuse_unknown(table[0], parsed_args)
        if parsed_args.html:
            page = matrix_page.render(
                found, rules.revision, map(str, files.stat())
            )
            with whole_file(parsed_args.html) as file:
                file.write(f'{page}\n')
        return table


def _refuse_unknown(
    columns: Sequence[str], parsed_args: argparse.Namespace
) -> None:
    """Raise CheckError for a column in the arguments that there is not.

    cliff would leave it out, and say nothing.
    """
    known = {_form(column) for column in columns}
    for name in (*parsed_args.columns, *parsed_args.sort_columns):
        if _form(name) not in known:
            raise CheckError(
                f'There is no column {name!r}{did_you_mean(name, columns)}; '
                f'there are {", ".join(columns)}'
            )


def _form(column: str) -> str:
    """Return the name of a column as cliff compares it."""
    return column.lower().strip().replace(' ', '_')


def _for_people(found: Matrix) -> Table:
    """Return rules down, with those that have equal results in one row."""
    callers = [printable(line.caller) for line in found.lines]
    return ['may', 'what', *_distinct(callers)], [
        [
            section.verb,
            _wrapped(name, _WIDTHS[0]),
            *(_wrapped(cell.result, _WIDTHS[1]) for cell in cells),
        ]
        for section, name, cells in joined(found)
    ]


def _for_programs(found: Matrix, cell: Callable[[str], str]) -> Table:
    """Return callers down, and rules across."""
    return ['caller', *(column.rule for column in found.columns)], [
        [cell(line.caller), *(cell(each.result) for each in line.cells)]
        for line in found.lines
    ]


def _wrapped(text: str, width: int) -> str:
    return '\n'.join(
        textwrap.wrap(
            printable(text),
            width,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _distinct(callers: Sequence[str]) -> list[str]:
    """Return headers: a role can have the name of another column."""
    return [
        f'role {name}' if name in ('may', 'what') else name for name in callers
    ]
