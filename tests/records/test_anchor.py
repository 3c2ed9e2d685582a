"""Anchors: kept in a file, changed by nobody, stamped by an authority of the test's own."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from guanyao.errors import DataError
from guanyao.records import anchor as anchor_module
from guanyao.records import evidence
from guanyao.records.anchor import (
    Anchor,
    post,
    read_certificates,
    stamped_at,
    timestamp,
)
from guanyao.records.audit import AuditChain

OPENSSL = shutil.which("openssl")
NOW = datetime.now(UTC)
CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {0}/serial
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
"""


@pytest.fixture
def chain(tmp_path: Path) -> AuditChain:
    chain = AuditChain.open(tmp_path / "audit.db")
    chain.append("run")
    return chain


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(DataError) as caught:
        act()
    return caught.value.code


def test_an_anchor_comes_back_as_it_was_saved(chain: AuditChain, tmp_path: Path) -> None:
    anchor = Anchor.of(chain)
    anchor.save(tmp_path / "head.json")
    assert Anchor.load(tmp_path / "head.json") == anchor
    assert chain.verify(anchor).ok
    assert set(json.loads((tmp_path / "head.json").read_text())) == {
        "format", "chain", "hash_name", "seq", "hash", "time", "digest", "token"
    }  # fmt: skip
    assert code_of(lambda: anchor.save(tmp_path / "none" / "head.json")) == "data.missing"
    assert code_of(lambda: anchor.save(tmp_path)) == "data.folder"


@pytest.mark.parametrize("field", ["chain", "hash_name", "seq", "hash", "time", "digest", "format"])
def test_a_changed_anchor_is_refused(chain: AuditChain, tmp_path: Path, field: str) -> None:
    record = Anchor.of(chain).to_json()
    for other in ({**record, field: 7}, {k: v for k, v in record.items() if k != field}):
        (tmp_path / "head.json").write_text(json.dumps(other))
        assert code_of(lambda: Anchor.load(tmp_path / "head.json")) == "audit.anchor"


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"token": 1}'])
def test_what_is_no_anchor(tmp_path: Path, text: str) -> None:
    (tmp_path / "head.json").write_text(text)
    assert code_of(lambda: Anchor.load(tmp_path / "head.json")) == "audit.anchor"
    assert code_of(lambda: Anchor.load(tmp_path / "none.json")) == "audit.anchor"


class Authority:
    """A time-stamp authority: a root, a certificate, and openssl to answer with."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate("a root", "a root", root_key, root_key, None)
        own = _certificate(
            "an authority", "a root", key, root_key, ExtendedKeyUsageOID.TIME_STAMPING
        )
        self.root = root
        for name, certificate in (("root", root), ("tsa", own)):
            pem = certificate.public_bytes(serialization.Encoding.PEM)
            (folder / f"{name}.pem").write_bytes(pem)
        (folder / "tsa.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder))

    def answer(self, url: str, request: bytes) -> bytes:
        """What the authority replies."""
        query, reply = self.folder / "query.tsq", self.folder / "reply.tsr"
        query.write_bytes(request)
        words = ["ts", "-reply", "-config", self.folder / "tsa.cnf", "-queryfile", query]
        subprocess.run([str(OPENSSL), *words, "-out", reply], check=True, capture_output=True)
        return reply.read_bytes()


def _certificate(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    usage: x509.ObjectIdentifier | None,
) -> x509.Certificate:
    is_root = usage is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    pytest.importorskip("rfc3161_client")
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path / "tsa")


def test_an_authority_stamps_an_anchor(
    chain: AuditChain, authority: Authority, tmp_path: Path
) -> None:
    timestamp(Anchor.of(chain), "https://tsa.example.com", authority.answer).save(tmp_path / "h")
    stamped = Anchor.load(tmp_path / "h")
    roots = read_certificates(authority.folder / "root.pem")
    assert abs(stamped_at(stamped, roots) - datetime.now(UTC)) < timedelta(minutes=5)
    chain.append("fit")
    assert chain.verify(stamped).ok


def test_a_stamp_is_for_one_anchor_and_from_one_root(
    chain: AuditChain, authority: Authority, tmp_path: Path
) -> None:
    stamped = timestamp(Anchor.of(chain), "https://tsa.example.com", authority.answer)
    stranger = Authority(tmp_path / "stranger").root
    for anchor, root in (
        (replace(stamped, seq=stamped.seq + 1), authority.root),
        (stamped, stranger),
        (replace(stamped, token=b"no token"), authority.root),
        (replace(stamped, token=None), authority.root),
    ):
        assert code_of(lambda a=anchor, r=root: stamped_at(a, [r])) == "audit.timestamp"


def test_an_answer_to_another_question_is_refused(chain: AuditChain, authority: Authority) -> None:
    anchor = Anchor.of(chain)
    earlier = timestamp(anchor, "https://tsa.example.com", authority.answer).token
    answers: list[Callable[[str, bytes], bytes]] = [
        lambda url, request: earlier or b"",  # the nonce is an old one
        lambda url, request: b"<html>no such page</html>",
        lambda url, request: b"",
    ]
    for answer in answers:
        code = code_of(lambda a=answer: timestamp(anchor, "https://tsa.example.com", a))
        assert code == "audit.timestamp"


def test_only_http_is_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchor_module, "WAIT_S", 0.2)
    for url in (f"file://{tmp_path}", "ftp://tsa.example.com", "http://127.0.0.1:1/"):
        assert code_of(lambda u=url: post(u, b"x")) == "audit.timestamp"
    assert code_of(lambda: read_certificates(tmp_path / "none.pem")) == "audit.timestamp"


@pytest.mark.parametrize(
    "part", [{"seq": "1"}, {"seq": -1}, {"seq": 1.5}, {"seq": None}, {"seq": True}, {"hash": 7}]
)
def test_an_anchor_of_other_types_is_refused(
    chain: AuditChain, tmp_path: Path, part: dict[str, object]
) -> None:
    """Its digest is no secret; a number below every line's would vouch for nothing."""
    record = {**Anchor.of(chain).to_json(), **part}
    record["digest"] = evidence.digest({k: v for k, v in record.items() if k != "token"})
    (tmp_path / "a.json").write_bytes(evidence.canonical(record))
    with pytest.raises(DataError) as caught:
        Anchor.load(tmp_path / "a.json")
    assert caught.value.code == "audit.anchor"


@pytest.mark.parametrize(
    "text", ["[" * 200_000, " " * 3_000_000, '{"format": "\\ud800"}'], ids=["deep", "long", "half"]
)
def test_a_hostile_anchor_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError) as caught:
        Anchor.load(tmp_path / "a.json")
    assert caught.value.code == "audit.anchor"
