"""Rules and settings of a policy text, as the guard loads them."""

from nova_update_guard.conf import guard
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import loader


def loaded(folder, policy, **options):
    """Return the settings and the rules of a file with *policy*."""
    file = folder / 'policy.yaml'
    file.write_text(policy or '# The defaults.\n')
    config = folder / 'guard.conf'
    config.write_text('[update_guard]\n')
    paste = {'oslo_config_file': str(config), 'policy_file': str(file)}
    settings = guard.load({**paste, **options}, LAYERS)
    return settings, loader.load(loader.files(settings))
