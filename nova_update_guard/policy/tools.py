"""The entry point of the oslopolicy tools; nothing else uses it."""

from oslo_config import cfg
from oslo_policy import policy

from nova_update_guard.conf import guard
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults


def get_enforcer() -> policy.Enforcer:
    """Return the enforcer of the operator's files, for oslopolicy-*.

    The tools read the process's CONF, as they do for nova; so the places of
    the files are set in it. Without ``--config-file``, they are searched in
    the configuration directories. Raises OptionError.
    """
    files = cfg.CONF.config_file
    paste = {'oslo_config_file': files[-1]} if files else {}
    settings = guard.load(paste, LAYERS)
    enforcer = policy.Enforcer(cfg.CONF)
    enforcer.register_defaults(defaults.list_rules(settings.extra_attributes))
    enforcer.policy_file = (
        settings.find(settings.policy_file) or settings.policy_file
    )
    folders = [settings.find(name) for name in settings.policy_dirs]
    cfg.CONF.set_override('policy_file', enforcer.policy_file, 'oslo_policy')
    cfg.CONF.set_override(
        'policy_dirs', [path for path in folders if path], 'oslo_policy'
    )
    return enforcer
