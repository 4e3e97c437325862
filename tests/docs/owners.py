"""Which test runs, loads or compares the blocks of code on a page."""

import fnmatch

from tests.docs import pages
from tests.docs.pages import Block

_HERE = 'tests/docs'
_POLICY = 'tests/cmd/test_policy_pages.py'
# By pages and languages, the test. The first row that fits counts.
OWNERS = [
    # Pages that are played as a whole.
    ('policy/check.md', '*', _POLICY),
    ('policy/diff.md', 'text', f'{_HERE}/test_commands.py'),
    ('policy/diff.md', '*', _POLICY),
    ('policy/explain.md', '*', _POLICY),
    ('policy/matrix.md', '*', _POLICY),
    ('policy/open-an-attribute.md', '*', _POLICY),
    ('policy/replay.md', '*', _POLICY),
    ('policy/test.md', '*', _POLICY),
    (
        'policy/os-update-guard.md',
        '*',
        'tests/integration/test_permissions_cloud.py',
    ),
    ('operations/names.md', '*', 'tests/cmd/test_operations_pages.py'),
    ('operations/why-refused.md', 'sh', f'{_HERE}/test_commands.py'),
    ('operations/why-refused.md', '*', 'tests/cmd/test_operations_pages.py'),
    ('operations/alerts.md', 'text', 'tests/integration/test_alerts.py'),
    ('operations/alerts.md', '*', 'tests/alerts/test_page.py'),
    ('installation/debian.md', '*', 'tests/packaging/debian/page.py'),
    ('tutorial.md', 'sh', 'tests/integration/test_tutorial_cloud.py'),
    ('policy/cookbook.md', 'yaml', f'{_HERE}/test_cookbook.py'),
    ('installation/proxy.md', 'sh', f'{_HERE}/test_installation.py'),
    ('installation/several.md', 'sh', f'{_HERE}/test_installation.py'),
    ('README.md', 'sh', f'{_HERE}/test_commands.py'),
    # What is looked at, and not run.
    ('README.md', 'text', f'{_HERE}/test_pictures.py'),
    ('index.md', 'text', f'{_HERE}/test_pictures.py'),
    ('contributor/architecture.md', 'text', f'{_HERE}/test_pictures.py'),
    ('security/threat-model.md', 'text', f'{_HERE}/test_pictures.py'),
    ('operations/report.md', 'console', f'{_HERE}/test_outputs.py'),
    ('policy/rules.md', 'text', f'{_HERE}/test_outputs.py'),
    ('reference/responses.md', 'text', f'{_HERE}/test_outputs.py'),
    # By language, wherever they are.
    ('*', 'ini', f'{_HERE}/test_configurations.py'),
    ('*', 'yaml', f'{_HERE}/test_configurations.py'),
    ('*', 'sh', f'{_HERE}/test_commands.py'),
    ('*', 'python', f'{_HERE}/test_configurations.py'),
]


def owner(block: Block) -> str | None:
    """Return the path of the test of a *block*, or None."""
    row = row_of(block)
    return row and row[-1]


def owned(test: str) -> list[Block]:
    """Return the blocks that belong to a *test*, by its path."""
    return [block for block in pages.blocks() if owner(block) == test]


def _fits(row: tuple[str, str, str], block: Block) -> bool:
    page, kind, _ = row
    return fnmatch.fnmatch(block.page, page) and kind in ('*', block.kind)


def row_of(block: Block) -> tuple[str, str, str] | None:
    """Return the row that a *block* belongs to."""
    return next((row for row in OWNERS if _fits(row, block)), None)
