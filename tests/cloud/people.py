"""The cloud's projects and people; plain data."""

from dataclasses import dataclass

DOMAIN = 'Default'
REGION = 'RegionOne'

OURS = 'garden'
THEIRS = 'harbour'
SERVICE = 'service'


@dataclass(frozen=True)
class Person:
    """Somebody with a password and roles in one project."""

    name: str
    password: str
    project: str
    roles: tuple[str, ...]


# keystone-manage bootstrap makes this one, its project and the usual roles.
ADMIN = Person('admin', 'demo-admin', 'admin', ('admin',))
MEMBER = Person('member', 'demo-member', OURS, ('member',))
READER = Person('reader', 'demo-reader', OURS, ('reader',))
STRANGER = Person('stranger', 'demo-stranger', THEIRS, ('member',))
# nova's own account, for checking tokens and for asking the stand-in.
NOVA = Person('nova', 'demo-nova', SERVICE, ('admin', 'service'))

PEOPLE = {
    person.name: person for person in (ADMIN, MEMBER, READER, STRANGER, NOVA)
}
PROJECTS = (OURS, THEIRS, SERVICE)
