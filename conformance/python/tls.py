"""TLS for the servers of tests: a certificate of their own, and HTTPS in front of a server that speaks HTTP."""

import datetime
import ipaddress
import socket
import ssl
import tempfile
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Certificate:
    """A key and a certificate for this machine, signed by itself, in a folder."""

    def __init__(self, folder):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.file, key_file = folder / "certificate.pem", folder / "key.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.file, key_file)


class TlsRelay:
    """Listens on a free port of this machine with TLS, and passes on what it hears to another port; use it in a `with`."""

    def __init__(self, to):
        self.to = to

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="poolhouse-tls-")
        self.certificate = Certificate(Path(self.folder.name))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.folder.cleanup()

    def accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        try:
            caller = self.certificate.context.wrap_socket(plain, server_side=True)
            server = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            plain.close()
            return
        threading.Thread(target=pour, args=(caller, server), daemon=True).start()
        pour(server, caller)


def pour(source, drain):
    """Passes bytes on until either side ends, then ends both."""
    try:
        while chunk := source.recv(65536):
            drain.sendall(chunk)
    except OSError:
        pass
    for end in [source, drain]:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
