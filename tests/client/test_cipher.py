from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.client import Cipher, CipherError, clear_text

# A public key of 1024 bits, the length the devices use.
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
_PEM = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("password", ["", "admin", "高德°", "x" * 117])
def test_the_device_can_decrypt_what_was_encrypted(password: str) -> None:
    ciphertext = base64.b64decode(Cipher(_PEM).encrypt(password), validate=True)
    assert len(ciphertext) == 128
    assert _KEY.decrypt(ciphertext, PKCS1v15()).decode("utf-8") == password


def test_the_key_may_be_text_or_bytes() -> None:
    assert Cipher(_PEM.decode("ascii")).max_password_bytes == 117


def test_the_same_password_never_looks_the_same() -> None:
    cipher = Cipher(_PEM)
    assert cipher.encrypt("admin") != cipher.encrypt("admin")


@pytest.mark.parametrize("password", ["x" * 118, "é" * 59])
def test_a_password_too_long_for_the_key_is_refused_without_being_shown(password: str) -> None:
    with pytest.raises(CipherError, match="at most 117 bytes") as refusal:
        Cipher(_PEM).encrypt(password)
    assert password not in str(refusal.value)


@pytest.mark.parametrize(
    "pem",
    ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff\xfe", "schlüssel"],
)
def test_what_is_no_key_is_refused(pem: str | bytes) -> None:
    with pytest.raises(CipherError, match="public key"):
        Cipher(pem)


def test_a_key_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(CipherError, match="RSA"):
        Cipher(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_clear_text_leaves_the_password_alone() -> None:
    assert clear_text.encrypt("geheim") == "geheim"
