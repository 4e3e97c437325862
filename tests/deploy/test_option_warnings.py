"""Options that load, and do nothing without another one.

Apart from the command, which imports oslo.messaging to try it.
"""

import pytest

from nova_update_guard.conf import guard
from nova_update_guard.deploy import option_warnings
from nova_update_guard.layers.modes import LAYERS

ON = '[update_guard]\ndecision_notifications = true\n'


@pytest.fixture
def warnings(tmp_path):
    def warnings(text):
        file = tmp_path / 'guard.conf'
        file.write_text(text)
        paste = {'oslo_config_file': str(file)}
        return [*option_warnings.warnings(paste, guard.load(paste, LAYERS))]

    return warnings


@pytest.mark.parametrize(
    'text',
    ['', '[oslo_messaging_notifications]\ntopics = a\ndriver =\n'],
)
def test_notifications_without_a_driver_are_warned_of(warnings, text):
    (said,) = warnings(ON + text)

    assert said == (
        '[update_guard] decision_notifications has no effect: set driver in '
        '[oslo_messaging_notifications], too, as messagingv2'
    )


@pytest.mark.parametrize(
    'text',
    [
        f'{ON}[oslo_messaging_notifications]\ndriver = messagingv2\n',
        f'{ON}[DEFAULT]\nnotification_driver = noop\n',
        '[update_guard]\ndecision_notifications = false\n',
    ],
)
def test_notifications_with_a_driver_or_off_are_not_warned_of(warnings, text):
    assert warnings(text) == []
