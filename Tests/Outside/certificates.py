"""A certificate authority that only the tests trust."""

import pathlib
import ssl
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """Vouches for this computer under some name."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "authority.pem"
        self.key = self.folder / "authority.key"
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Tests alone trust this", "-keyout", self.key, "-out", self.file)

    def context(self, names):
        """The server's side of TLS with a certificate for these names, such as DNS:shop.example."""
        stem = self.folder / names.replace(":", "-").replace(",", "-")
        key, request, certificate, extension = (stem.with_name(stem.name + end) for end in (".key", ".csr", ".pem", ".ext"))
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-keyout", key,
            "-out", request)
        extension.write_text(f"subjectAltName={names}\n")
        openssl(
            "x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
            "-extfile", extension, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context
