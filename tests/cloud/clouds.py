"""The clouds.yaml of the demo's people."""

from tests.cloud.front import NEWEST, Front
from tests.cloud.people import DOMAIN, PEOPLE, REGION

_CLOUD = """\
  {person.name}:
    auth:
      auth_url: {auth_url}
      username: {person.name}
      password: {person.password}
      project_name: {person.project}
      user_domain_name: {domain}
      project_domain_name: {domain}
    region_name: {region}
    compute_api_version: '2'
    compute_default_microversion: '{newest}'
"""


def yaml_of(cloud: Front) -> str:
    """Return clouds.yaml with a cloud of each person's name."""
    return 'clouds:\n' + ''.join(
        _CLOUD.format(
            person=person,
            auth_url=cloud.keystone_url,
            domain=DOMAIN,
            region=REGION,
            newest=NEWEST,
        )
        for person in PEOPLE.values()
    )
