"""Pages on operations show what their commands write."""

import pytest

from tests.cmd import pages

FOLDER = pages.PAGES.parent / 'operations'


@pytest.mark.parametrize('name', ['names.md', 'why-refused.md'])
def test_the_commands_of_the_page_write_what_it_shows(name, tmp_path):
    page = FOLDER / name

    assert pages.played(page, tmp_path) == page.read_text()
