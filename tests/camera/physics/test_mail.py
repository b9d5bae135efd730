"""Mails by real SMTP: the test of command 525 and the mails of alarms."""

from __future__ import annotations

import asyncio
import base64
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key
from cryptography.x509.oid import NameOID

from fixtures.camera.wire.cipher import public_key
from tests.camera.physics.conftest import rule

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench

PLAIN, TLS, SSL = 0, 1, 2


class Mailbox:
    """Keeps the mails that arrive."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret", handled=False)

    def message(self) -> Message:
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        return email.message_from_bytes(envelope.content)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.invalid")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def ciphertext(password: str) -> str:
    key = load_pem_public_key(public_key().encode())
    assert isinstance(key, RSAPublicKey)
    return base64.b64encode(key.encrypt(password.encode(), PKCS1v15())).decode()


@asynccontextmanager
async def serving(
    bench: Bench, mailbox: Mailbox, *, encryption: int = PLAIN, context: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[None]:
    """A mail server that the camera is configured to use."""

    def protocol() -> SMTP:
        starttls = context if encryption == TLS else None
        return SMTP(mailbox, authenticator=mailbox.authenticate, tls_context=starttls, **options)

    wrapped = context if encryption == SSL else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=wrapped)
    port = server.sockets[0].getsockname()[1]
    bench.set(32, smtp_server="127.0.0.1", smtp_port=port, encry_type=encryption, mailto=["lab@example.org", ""])
    bench.set(32, subject="Alarm", **{"from": "camera@example.org"})
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


async def sent(bench: Bench) -> None:
    """Wait until the camera has delivered its mails or given up."""
    for thread in bench.alarms.linkage.mails:
        await asyncio.to_thread(thread.join)
    bench.advance(0.5)


@pytest.mark.parametrize("encryption", [PLAIN, TLS, SSL])
@pytest.mark.asyncio
async def test_a_test_mail_reaches_the_server(bench: Bench, certificate: ssl.SSLContext, encryption: int) -> None:
    mailbox = Mailbox()
    async with serving(bench, mailbox, encryption=encryption, context=certificate):
        assert await asyncio.to_thread(bench.ask, 525) is None
    message = mailbox.message()
    assert (message["From"], message["To"], message["Subject"]) == ("camera@example.org", "lab@example.org", "Alarm")


@pytest.mark.asyncio
@pytest.mark.parametrize("encrypted", [False, True])
async def test_the_camera_logs_in_unless_it_is_anonymous(
    bench: Bench, certificate: ssl.SSLContext, encrypted: bool
) -> None:
    mailbox = Mailbox()
    bench.set(32, username="lab", password=ciphertext("secret") if encrypted else "secret")
    async with serving(bench, mailbox, encryption=TLS, context=certificate):
        await asyncio.to_thread(bench.ask, 525)
        assert mailbox.logins == [(b"lab", b"secret")]
        bench.set(32, is_anon=1)
        await asyncio.to_thread(bench.ask, 525)
    assert len(mailbox.logins) == 1
    assert len(mailbox.envelopes) == 2


@pytest.mark.asyncio
async def test_a_test_mail_that_is_not_delivered_is_no_success(bench: Bench, certificate: ssl.SSLContext) -> None:
    bench.set(32, username="lab", password="wrong")
    async with serving(bench, Mailbox(), encryption=TLS, context=certificate):
        assert await asyncio.to_thread(bench.refusal, 525) == 10008


@pytest.mark.parametrize("settings", [{}, {"smtp_server": "127.0.0.1"}, {"mailto": ["lab@example.org"]}])
def test_without_server_or_recipient_the_test_fails(bench: Bench, settings: dict[str, Any]) -> None:
    bench.set(32, **settings)
    assert bench.refusal(525) == 10008


@pytest.mark.parametrize(("alarm", "expected"), [(1, 1), (0, 0)])
@pytest.mark.asyncio
async def test_an_alarm_is_mailed_with_its_picture_where_mails_are_wanted(
    bench: Bench, alarm: int, expected: int
) -> None:
    mailbox = Mailbox()
    bench.set(4, rule_list=[rule()])
    bench.set(22, sendmail=1, record_flag=0, capture_flag=1, capture_stream=2)
    bench.scene.heat("plate", 90, 90, 70, 70, 80.0, 0.95)
    async with serving(bench, mailbox):
        bench.set(32, alarm=alarm, enclosure=1)
        bench.advance(1)
        await sent(bench)
    assert len(mailbox.envelopes) == expected
    if expected:
        parts = mailbox.message().get_payload()
        assert isinstance(parts, list)
        text, picture = parts
        assert isinstance(text, Message)
        assert isinstance(picture, Message)
        assert "furnace" in str(text.get_payload())
        assert picture.get_content_type() == "image/jpeg"
        content = picture.get_payload(decode=True)
        assert content == base64.b64decode(bench.pushed(1000)[0]["ir_image_content"])
