"""The profiles in etc/, and real clients under each, on the real cloud."""

import re

import pytest

from nova_update_guard.conf import guard
from nova_update_guard.deploy.known_clients import KNOWN, Known, is_refused
from nova_update_guard.layers import modes
from tests.cloud.processes import ROOT
from tests.integration import trials
from tests.integration.trials import (
    BY_HTTP,
    COMBINED,
    COMPARING,
    DONE,
    FOLDER,
    PROFILES,
    WITH_OPTIONS,
)

PAGE = ROOT / 'doc' / 'source' / 'reference' / 'profiles.md'
BEGIN = '<!-- Measured by tests/integration/test_profiles_cloud.py: -->\n'
END = '<!-- End of what is measured. -->\n'

each_profile = pytest.mark.parametrize('profile', PROFILES)
each_done = pytest.mark.parametrize(
    ('profile', 'done'),
    [
        pytest.param(
            profile, done, id=f'{profile}-{" ".join(done[0][:2])}, {done[1]}'
        )
        for profile in PROFILES
        for done in DONE[profile]
    ],
)
each_combined = pytest.mark.parametrize(
    'combined',
    COMBINED,
    ids=lambda done: f'{done[0]} {"+".join(done[1])}, new {"+".join(done[2])}',
)


@pytest.fixture(scope='module')
def measured(running_cloud):
    """Return the outcomes under a profile, measured on first use."""
    return trials.Trials(running_cloud).under


def settings(profile):
    paste = {'oslo_config_file': str(FOLDER / f'{profile}.conf')}
    return guard.load(paste, modes.LAYERS)


def refused(known, profile):
    chosen = settings(profile)
    return is_refused(
        known,
        chosen.counts_changed,
        chosen.allowed_field_sets,
        chosen.allow_empty,
    )


def counted(known, profile):
    """Return the names of the fields of an update that count."""
    chosen = settings(profile)
    return set(known.changes if chosen.counts_changed else known.sends)


@each_done
def test_known_clients_work_or_are_refused_as_the_start_warns(
    measured, profile, done
):
    known, _ = done
    outcome = measured(profile).done[done]

    assert outcome.works is not refused(known, profile), outcome.words


@each_done
def test_known_clients_print_the_fields_of_a_refusal(measured, profile, done):
    known, _ = done
    outcome = measured(profile).done[done]

    if outcome.works:
        assert outcome.words == ''
    elif known.sends:
        assert outcome.named == counted(known, profile)
    else:
        assert 'one parameter and none was given' in outcome.words


@each_combined
def test_each_option_and_all_together_work_or_are_refused_by_name(
    measured, combined
):
    program, given, changes = combined
    sends = changes if program in COMPARING else given
    known = Known(program, '', sends, changes)
    outcome = measured(WITH_OPTIONS).combined[combined]

    assert outcome.works is not refused(known, WITH_OPTIONS)
    assert outcome.named == (
        set() if outcome.works else counted(known, WITH_OPTIONS)
    )


@each_profile
def test_the_start_names_just_the_clients_that_are_refused(measured, profile):
    received = measured(profile)
    lines = re.findall('refuses known clients: (.*)', received.log)
    clients = [
        f'{known.client} ({known.operation})'
        for known in KNOWN
        if not received.done[known, BY_HTTP].works
    ]

    assert len(lines) == bool(clients)
    assert all(line.startswith(', '.join(clients) + '.') for line in lines)


def test_one_change_always_works_if_only_changes_count():
    lenient = [name for name in PROFILES if settings(name).counts_changed]
    ones = [known for known in KNOWN if len(known.changes) == 1]

    assert lenient
    assert not any(refused(one, name) for one in ones for name in lenient)


def test_the_table_of_the_page_equals_the_measured_one(measured):
    table = ''.join(lines({name: measured(name) for name in PROFILES}))

    _, _, rest = PAGE.read_text().partition(BEGIN)
    found, _, _ = rest.partition(END)
    assert found == table, f'Paste this into {PAGE}:\n{BEGIN}{table}{END}'


def lines(measured):
    yield f'| client: operation | changes | as it was | {bar(measured)} |\n'
    yield f'| --- | --- | --- | {bar("---" for _ in measured)} |\n'
    for known in KNOWN:
        same = [field for field in known.sends if field not in known.changes]
        yield (
            f'| {known.client}: {known.operation} | {names(known.changes)} | '
            f'{names(same)} | '
            f'{bar(cell(each, known) for each in measured.values())} |\n'
        )


def bar(cells):
    return ' | '.join(cells)


def names(fields):
    return ', '.join(f'`{field}`' for field in fields)


def cell(received, known):
    """Return the word for the result of HTTP and the real client."""
    (works,) = {
        outcome.works
        for (one, _), outcome in received.done.items()
        if one is known
    }
    return 'works' if works else '**refused**'
