"""The commands in the pages on policy write what the pages show."""

import pytest

from tests.cmd import pages


@pytest.mark.parametrize('page', ['explain.md', 'test.md'])
def test_the_commands_of_a_page_write_what_it_shows(
    page, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    assert pages.played(page, tmp_path) == (pages.PAGES / page).read_text()
