"""The settings of the small real cloud that the tests share."""

from tests.cloud.settings import Settings

DEFAULTS = '# The defaults.\n'
AT_DEBUG = Settings(nova_conf='[DEFAULT]\ndebug = true\n', policy=DEFAULTS)
