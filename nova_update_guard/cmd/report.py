"""``nova-update-guard report``: find clients that would break, by records."""

import argparse
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from cliff.lister import Lister

from nova_update_guard.cmd import name_sources, selection_arguments
from nova_update_guard.report import inputs, page, words
from nova_update_guard.report.cells import bare, formula_free, plain
from nova_update_guard.report.findings import (
    Finding,
    Record,
    findings,
    is_refused_by_nova,
)
from nova_update_guard.report.grouping import DIMENSIONS
from nova_update_guard.report.names import NAMED, Names
from nova_update_guard.report.tally import Lines, Tally
from nova_update_guard.report.whole_files import whole_file
from nova_update_guard.report.words import REPORT, Row, Vocabulary

LOG = logging.getLogger(__name__)

# The client, the field and the reason: they show which setting or policy is in
# the way.
_BY = ('client', 'field', 'rule')
# By format, the function that makes a cell of a value; in others, text for
# people.
_CELLS: dict[str, Callable[[object], str | None]] = {
    'json': bare,
    'yaml': bare,
    'csv': lambda value: formula_free(plain(value)),
}

Make = Callable[[Tally, Lines, Names], str]


class ReportError(Exception):
    """An error that stops the report; the message says what to do."""


class Report(Lister):
    """Report the clients that would break if everything were enforced.

    Reads the guard's decision records, from their own file or from any log
    that contains them, also compressed by gzip. Counts are requests; one about
    two fields counts under both.
    """

    vocabulary = REPORT
    dimensions: Sequence[str] = DIMENSIONS
    by: Sequence[str] = _BY

    def findings_of(
        self,
        parsed_args: argparse.Namespace,  # noqa: ARG002
    ) -> Callable[[Record], list[Finding]]:
        """Return the function that returns the findings about a record."""
        return findings

    @staticmethod
    def is_aside(record: Record) -> bool:
        """Return whether *record* is counted apart."""
        return is_refused_by_nova(record)

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        # The full usage would hide the error in one argument.
        parser.usage = f'{prog_name} [options] [FILE ...]'
        parser.add_argument(
            'files',
            metavar='FILE',
            nargs='*',
            help='file of decision records; default, and -: standard input',
        )
        parser.add_argument(
            '--by',
            action='append',
            choices=self.dimensions,
            help='count by this; can be repeated; default: '
            + ', '.join(self.by),
        )
        for name, about in (
            ('--html', 'an HTML page with charts'),
            ('--json', 'the numbers of that page as JSON'),
        ):
            parser.add_argument(
                name, metavar='FILE', help=f'also write {about}'
            )
        selection_arguments.add(parser)
        name_sources.add_arguments(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], list[list[object]]]:
        """Return columns and rows, after all files are written.

        Raises ReportError, or NamesError.
        """
        by = tuple(dict.fromkeys(parsed_args.by or self.by))
        is_shown = bool(
            {*by} & {*NAMED} or parsed_args.html or parsed_args.json
        )
        names = name_sources.names(parsed_args, is_shown)
        columns = _columns(names.columns(by), parsed_args, self.vocabulary)
        with _report_errors(), ExitStack() as stack:
            made = [
                (stack.enter_context(whole_file(name)), make)
                for name, make in _made(parsed_args, self.vocabulary)
            ]
            tally, lines = self._read(
                parsed_args,
                [by, *(page.groupings(self.vocabulary) if made else ())],
            )
            for file, make in made:
                file.write(f'{make(tally, lines, names)}\n')
        LOG.info('%s', words.summary(tally, self.vocabulary))
        hint = (
            ''
            if tally.records
            else selection_arguments.selection(parsed_args).hint()
        )
        for note in (*words.notes(tally, lines, names), hint):
            if note:
                LOG.warning('%s', note)
        return columns, [
            _cells(names.values(by, row.values), row, parsed_args.formatter)
            for row in words.rows(tally.groupings[by])
        ]

    def _read(
        self,
        parsed_args: argparse.Namespace,
        groupings: Sequence[Sequence[str]],
    ) -> tuple[Tally, Lines]:
        """Count the selected records. Raises OSError."""
        tally = Tally(
            groupings,
            findings=self.findings_of(parsed_args),
            is_aside=self.is_aside,
        )
        lines = Lines()
        takes = selection_arguments.selection(parsed_args).takes
        is_quiet = self.app.options.verbose_level == 0
        for record in inputs.read(parsed_args.files, lines, is_quiet):
            if takes(record):
                tally.count(record)
        return tally, lines


def _made(
    parsed_args: argparse.Namespace, vocabulary: Vocabulary
) -> list[tuple[str, Make]]:
    """Return the requested files, each with the function for its text."""
    makers: dict[str | None, Make] = {
        parsed_args.html: lambda tally, lines, names: page.render(
            tally, lines, vocabulary, names
        ),
        parsed_args.json: lambda tally, lines, names: json.dumps(
            words.data(tally, lines, vocabulary, names)
        ),
    }
    return [(name, make) for name, make in makers.items() if name]


def _columns(
    dimensions: Sequence[str],
    parsed_args: argparse.Namespace,
    vocabulary: Vocabulary,
) -> tuple[str, ...]:
    """Return the names of all columns: for people, or for programs.

    Raises ReportError for an unknown column in the arguments, before anything
    is read.
    """
    both = vocabulary.kinds, vocabulary.names
    kinds = both[parsed_args.formatter != 'table']
    columns = (*dimensions, *kinds, 'first', 'last')
    known = (*columns, *both[0], *both[1])
    for name in (*parsed_args.columns, *parsed_args.sort_columns):
        if name.lower() not in known:
            raise ReportError(
                f'There is no column {name!r}; there are {", ".join(columns)}'
                f'{_how_to_name(name)}'
            )
    return columns


def _how_to_name(column: str) -> str:
    """Return how to get *column*, if it is one of names; else ''."""
    for dimension in NAMED:
        if column.lower() == f'{dimension}_name':
            return (
                f'. Names come by --os-cloud NAME or --names FILE: add one of '
                f'them, and --by {dimension}'
            )
    return ''


def _cells(values: Sequence[object], row: Row, formatter: str) -> list[object]:
    cell = _CELLS.get(formatter, plain)
    return [*map(cell, values), *row.counts, row.first, row.last]


@contextmanager
def _report_errors() -> Iterator[None]:
    """Convert an OSError to a ReportError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = f'{error.filename}: ' if error.filename else ''
        raise ReportError(f'{name}{error.strerror or error}') from error
