from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.report.cells import bare, formula_free, plain, printable
from nova_update_guard.report.grouping import OTHERS

NIGHT = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ('text', 'visible'),
    [
        ('\x1b[31m', r'\x1b[31m'),
        ('a\tb\r\n', r'a\tb\r\n'),
        ('\0', r'\x00'),
        ('\x9b', r'\x9b'),
        ('\u202egnp', r'\u202egnp'),
        ('\u2028', r'\u2028'),
        ('\udcff', r'\udcff'),
        ('\U000e0001', r'\U000e0001'),
    ],
)
def test_control_and_bidirectional_characters_are_spelt_out(text, visible):
    assert printable(text) == visible


@given(st.text(st.characters(exclude_categories=())))
def test_every_cell_is_printable(text):
    assert printable(text).isprintable()
    assert plain(text).isprintable()


@given(st.text())
def test_printable_text_is_unchanged(text):
    if text.isprintable():
        assert printable(text) == text


@pytest.mark.parametrize(
    ('value', 'visible'),
    [
        (None, '(none)'),
        (OTHERS, '(others)'),
        ('(none)', '"(none)"'),
        ('(others)', '"(others)"'),
        ('', '""'),
        ('name', 'name'),
        (NIGHT, '2026-11-24T03:00:00Z'),
        (date(2026, 11, 24), '2026-11-24'),
    ],
)
def test_no_name_is_taken_for_a_word_of_the_report(value, visible):
    assert plain(value) == visible


@pytest.mark.parametrize(
    ('value', 'same'),
    [
        (None, None),
        (OTHERS, '(others)'),
        ('(none)', '(none)'),
        ('(others)', '"(others)"'),
        ('', ''),
        ('\x1b', '\x1b'),
        (NIGHT, '2026-11-24T03:00:00Z'),
    ],
)
def test_programs_get_names_as_they_are(value, same):
    assert bare(value) == same


@pytest.mark.parametrize(
    'text',
    ['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '\n=1', '\0=1']
    + [f'{sign}1' for sign in '\uff1d\uff0b\uff0d\uff20'],
)
def test_no_cell_begins_a_formula(text):
    assert formula_free(text) == f"'{text}"


@pytest.mark.parametrize('text', ['', 'name', "'=1", '1-1', '(none)'])
def test_other_cells_stay_as_they_are(text):
    assert formula_free(text) == text
