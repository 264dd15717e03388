"""Handing over a mail: encrypted where there is a password, and certain about what was not sent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runner.stack.processes import choose_port
from services.notify.layout import Parts
from services.notify.mailing import Fate, MailServer, MailServerAway, build_message, message_id
from tests.fakes.mail_server import Mailbox, mail_server

PARTS = Parts("主题 | Subject", "正文\n.一行以点开头\n", "<p>正文</p>")


def mail(to: str = "zhang@example.cn", name: str = "张三") -> EmailMessage:
    return build_message(
        "letter-1", "cor-1", PARTS, "新绿 <a@b.cn>", to, name, datetime(2025, 5, 9, tzinfo=UTC)
    )


@pytest.fixture
def post() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, trusted by nobody yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    chain, private = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, private


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def secure(tls: ssl.SSLContext) -> Iterator[tuple[Mailbox, str]]:
    """A server that wants STARTTLS and a password."""
    mailbox = Mailbox()

    def authenticate(
        server: object, session: object, envelope: object, mechanism: str, data: object
    ) -> AuthResult:
        return AuthResult(success=data.login == b"notify" and data.password == b"p@ss")  # type: ignore[attr-defined]

    controller = Controller(
        mailbox, hostname="127.0.0.1", port=choose_port(), tls_context=tls, authenticator=authenticate,
        auth_required=True, require_starttls=True,
    )  # fmt: skip
    controller.start()
    yield mailbox, f"smtp://notify:p%40ss@localhost:{controller.port}"
    controller.stop()


def test_a_mail_arrives_with_lines_that_begin_with_a_dot(post: tuple[Mailbox, str]) -> None:
    server = MailServer(post[1])
    server.connect()
    assert server.send(mail()).fate is Fate.SENT
    server.close()
    (taken,) = post[0].taken
    assert ".一行以点开头" in taken.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert taken["From"].addresses[0].addr_spec == "a@b.cn"


def test_a_line_that_is_only_a_dot_does_not_end_the_mail(post: tuple[Mailbox, str]) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.cn", "c@d.cn", "x"
    message.set_content("before\n.\n..\nafter\n", cte="7bit")
    server = MailServer(post[1])
    server.connect()
    assert server.send(message).fate is Fate.SENT
    server.close()
    assert post[0].taken[0].get_content().splitlines() == ["before", ".", "..", "after"]


def test_headers_cannot_be_added_by_names(post: tuple[Mailbox, str]) -> None:
    built = mail(name="张三\r\nBcc: all@example.cn")
    assert built["Bcc"] is None and "\n" not in str(built["To"])


@pytest.mark.parametrize("to", ["", "no address", "a@b@c", "a\n@b.cn", "<a@b.cn>"])
def test_an_address_that_cannot_stand_in_a_mail_is_a_value_error(to: str) -> None:
    with pytest.raises(ValueError):
        mail(to)


def test_an_international_address_goes_where_the_server_takes_it(post: tuple[Mailbox, str]) -> None:
    server = MailServer(post[1])
    server.connect()
    outcome = server.send(mail("张三@例子.中国"))
    server.close()
    assert outcome.fate is Fate.SENT or "ASCII" in outcome.problem


def test_an_international_address_is_refused_where_the_server_does_not() -> None:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=choose_port(), enable_SMTPUTF8=False)
    controller.start()
    try:
        server = MailServer(f"smtp://127.0.0.1:{controller.port}")
        server.connect()
        outcome = server.send(mail("张三@例子.中国"))
        server.close()
    finally:
        controller.stop()
    assert outcome.fate is Fate.REFUSED and "ASCII" in outcome.problem


@pytest.mark.parametrize(
    ("answer", "fate"),
    [("550 no", Fate.REFUSED), ("451 later", Fate.PUT_OFF), ("421 closing", Fate.PUT_OFF)],
)
def test_a_refusal_is_certain_and_the_next_mail_goes(
    post: tuple[Mailbox, str], answer: str, fate: Fate
) -> None:
    mailbox, url = post
    mailbox.at_rcpt = [answer]
    server = MailServer(url)
    server.connect()
    assert server.send(mail()).fate is fate
    server.connect()
    assert server.send(mail()).fate is Fate.SENT
    server.close()


def test_a_lost_answer_is_unknown(post: tuple[Mailbox, str]) -> None:
    post[0].at_data = ["vanish"]
    server = MailServer(post[1])
    server.connect()
    assert server.send(mail()).fate is Fate.UNKNOWN
    server.close()


def test_a_connection_that_broke_before_the_mail_is_certain(post: tuple[Mailbox, str]) -> None:
    server = MailServer(post[1])
    server.connect()
    server._connection.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
    assert server.send(mail()).fate is Fate.PUT_OFF


def test_nothing_is_sent_without_a_connection(post: tuple[Mailbox, str]) -> None:
    with pytest.raises(MailServerAway):
        MailServer(post[1]).send(mail())


def test_a_password_never_crosses_in_the_clear(post: tuple[Mailbox, str]) -> None:
    port = urlsplit(post[1]).port
    with pytest.raises(MailServerAway, match="STARTTLS"):
        MailServer(f"smtp://notify:word@127.0.0.1:{port}").connect()


def test_a_password_crosses_to_a_server_that_is_trusted(
    secure: tuple[Mailbox, str], certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server = MailServer(secure[1])
    server.connect()
    assert server.send(mail()).fate is Fate.SENT
    server.close()


def test_a_server_that_nobody_vouches_for_is_away(secure: tuple[Mailbox, str]) -> None:
    with pytest.raises(MailServerAway, match="certificate"):
        MailServer(secure[1]).connect()


def test_a_wrong_password_is_away(
    secure: tuple[Mailbox, str], certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with pytest.raises(MailServerAway):
        MailServer(secure[1].replace("p%40ss", "wrong")).connect()


def test_smtps_speaks_tls_from_the_first_byte(post: tuple[Mailbox, str]) -> None:
    port = urlsplit(post[1]).port
    with pytest.raises(MailServerAway, match=r"SSL|timed out"):
        MailServer(f"smtps://127.0.0.1:{port}", timeout=1.0).connect()


@pytest.mark.parametrize(
    ("mail_from", "domain"), [("新绿 <a@b.cn>", "b.cn"), ("a@b.cn", "b.cn"), ("", "localhost")]
)
def test_a_message_id_belongs_to_the_senders_domain(mail_from: str, domain: str) -> None:
    assert message_id("letter-1", mail_from) == f"<letter-1@{domain}>"
