"""A filter in nova's pipeline may read nova.conf: its groups are nova's."""

from nova.conf import opts

from nova_update_guard.conf import options
from nova_update_guard.deploy.filters import update_guard


def groups(listed):
    return {str(getattr(group, 'name', group)) for group, _ in listed}


def test_no_group_of_ours_has_the_name_of_one_of_novas():
    ours = groups(options.list_opts()) - {'DEFAULT'}

    assert ours & groups(opts.list_opts()) == set()


def test_the_guard_starts_with_every_group_of_novas_in_its_file(tmp_path):
    file = tmp_path / 'nova.conf'
    named = sorted(groups(opts.list_opts()) - {'DEFAULT'})
    file.write_text(''.join(f'[{name}]\nsome_option = 1\n' for name in named))

    assert update_guard({}, oslo_config_file=str(file))
