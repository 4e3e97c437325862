"""The results of ``policy test`` as JUnit XML, which CI systems read."""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from nova_update_guard.analysis.case_runs import Result

# Characters that XML 1.0 cannot hold.
_NO_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def document(results: Mapping[str, Sequence[Result]]) -> str:
    """Return the XML of *results*, by file: a suite each."""
    root = ElementTree.Element('testsuites', name='policy test')
    for name, found in results.items():
        failures = sum(not result.is_passed for result in found)
        suite = ElementTree.SubElement(
            root,
            'testsuite',
            name=_text(name),
            tests=str(len(found)),
            failures=str(failures),
            errors='0',
            skipped='0',
        )
        for result in found:
            _add(suite, name, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, 'unicode', xml_declaration=True) + '\n'


def _add(suite: ElementTree.Element, name: str, result: Result) -> None:
    case = ElementTree.SubElement(
        suite,
        'testcase',
        name=_text(result.case.name),
        classname=_text(name),
    )
    if not result.is_passed:
        message = f'expected {result.expected}, got {result.got}'
        failure = ElementTree.SubElement(
            case, 'failure', message=_text(message)
        )
        failure.text = _text(f'{result.case.place}\n{result.why}')


def _text(text: str) -> str:
    return _NO_XML.sub('\N{REPLACEMENT CHARACTER}', text)
