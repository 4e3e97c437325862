"""The configuration that the page shows is one that the guard takes."""

from nova_update_guard.conf import metrics
from tests.alerts import page


def test_the_options_of_the_page_let_prometheus_read_the_metrics(tmp_path):
    (text,) = page.blocks('ini')
    shown = 'directory = /run/nova-update-guard\n'
    assert text.count(shown) == 1
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(text.replace(shown, f'directory = {tmp_path}\n'))

    settings = metrics.load({'oslo_config_file': str(file)})

    assert settings.path == '/metrics'
    assert [*map(str, settings.allowed_networks)] == ['192.0.2.20/32']


def test_each_panel_of_the_dashboard_is_one_query():
    text = page.PAGE.read_text()
    panels = text.partition('## Dashboard\n')[2].count('\n### ')

    assert len(page.blocks('text')) == panels
