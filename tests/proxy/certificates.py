"""Certificates for a test: of an authority, and signed by it."""

import datetime
import ipaddress
import shutil
import ssl
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.proxy.listening import HOST

INSTALL = 'openssl is not installed: apt-get install openssl'
_DAY = datetime.timedelta(days=1)


def openssl():
    """Return where the command is that knows the names in a folder."""
    return shutil.which('openssl')


# For Python 3.13 and newer, whose ssl verifies by RFC 5280 to the letter, an
# authority has a key identifier and says that it signs; what it has signed
# names that identifier.
_SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs certificates, which it writes to *folder*."""

    def __init__(self, folder, name):
        self._folder = folder
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(
            self._key.public_key()
        )
        own = (
            _builder(self._name, self._name, self._key)
            .add_extension(x509.BasicConstraints(True, 0), critical=True)
            .add_extension(_SIGNS, critical=True)
            .add_extension(self._identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f'{name}.pem'
        self.file.write_bytes(_pem(own))

    def vouch(self, name, is_expired=False):
        """Return the file with a new certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.IPAddress(ipaddress.ip_address(HOST))
        issuer = x509.AuthorityKeyIdentifier
        issuer = issuer.from_issuer_subject_key_identifier(self._identifier)
        signed = (
            _builder(_name(name), self._name, key, is_expired)
            .add_extension(x509.SubjectAlternativeName([address]), False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f'{name}.pem'
        file.write_bytes(_pem(signed) + _key(key))
        return file

    def wrap(self, name):
        """Return the TLS context of a server."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.vouch(name))
        return lambda sock: tls.wrap_socket(sock, server_side=True)

    def folder(self):
        """Return a folder with its certificate, as OpenSSL looks for it."""
        found = self.file.with_suffix('.d')
        found.mkdir()
        named = subprocess.run(
            [openssl(), 'x509', '-noout', '-hash', '-in', self.file],
            check=True,
            capture_output=True,
            text=True,
        )
        (found / f'{named.stdout.strip()}.0').symlink_to(self.file)
        return found


def _builder(name, issuer, key, is_expired=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    until = now - _DAY if is_expired else now + _DAY
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 2 * _DAY)
        .not_valid_after(until)
    )


def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
