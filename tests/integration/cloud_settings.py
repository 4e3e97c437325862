"""The settings of the small real cloud that the tests share."""

from tests.cloud.settings import Settings

DEFAULTS = '# The defaults.\n'
AT_DEBUG = Settings(nova_conf='[DEFAULT]\ndebug = true\n', policy=DEFAULTS)


def put_back(cloud, settings):
    """Have nova-api run with *settings* and the default policy."""
    if cloud.settings != settings:
        cloud.restart_nova(settings)
    if cloud.policy_file.read_text() != DEFAULTS:
        cloud.write_policy(DEFAULTS)
