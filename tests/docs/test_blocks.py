"""Each block of code has a language, and a test that knows its page."""

import re

from tests.docs import owners, pages
from tests.docs.owners import OWNERS, owner

# Reasons of their day; nobody is to do what they show.
DECISIONS = 'contributor/decisions/'
BLOCKS = [
    block for block in pages.blocks() if not block.page.startswith(DECISIONS)
]


def test_every_block_has_a_language():
    assert [each.place for each in pages.blocks() if not each.kind] == []


def test_every_block_has_a_test():
    assert [each.place for each in BLOCKS if not owner(each)] == []


def test_no_code_is_shown_by_indentation():
    """It has neither a language nor a test."""
    indented = re.compile(r'(?:\A|\n)\n {4,}\S.*')

    found = [
        (pages.name(page), match.group().strip())
        for page in pages.pages()
        if not pages.name(page).startswith(DECISIONS)
        for match in indented.finditer(pages.prose(page))
    ]
    assert found == []


def test_the_test_of_a_block_is_there():
    tests = {owner(block) for block in BLOCKS} - {None}

    assert [path for path in tests if not (pages.ROOT / path).is_file()] == []


def test_every_row_of_the_table_of_tests_has_a_block():
    used = {owners.row_of(block) for block in pages.blocks()}
    there = {'*', *map(pages.name, pages.pages())}

    assert [row for row in OWNERS if row[0] in there and row not in used] == []


def test_a_page_has_one_title():
    for page in pages.pages():
        if pages.name(page).startswith(DECISIONS):
            continue
        titles = [
            line
            for line in pages.prose(page).splitlines()
            if line.startswith('# ')
        ]
        assert len(titles) == 1, page


def test_the_readme_is_short():
    assert len(pages.README.read_text().splitlines()) <= 150
