"""The page on names shows what its commands write."""

from tests.cmd import pages

PAGE = pages.PAGES.parent / 'operations' / 'names.md'


def test_the_commands_of_the_page_write_what_it_shows(tmp_path):
    assert pages.played(PAGE, tmp_path) == PAGE.read_text()
