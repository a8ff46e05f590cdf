from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from harness.catalogue.codes import codes
from harness.protocol import base64url, jose, keys
from harness.protocol.claims import Expected
from harness.roles.idp.keys import new_key
from harness.verification.pipeline import Examined, Keys, Rules, Subject, examine

NOW = 1_795_176_000
WEEK, LEEWAY, WINDOW = 7 * 86_400, 60, 600
MILLISECONDS = 10**11
BASES, BATCH, TURNS, ROUNDS = 24, 25, 8, 50
SETTINGS = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=10,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

ISSUER, CLIENT, NONCE = "https://login.brand.test/Tenant", "platformClient", "n-0S6_WzA2Mj"
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "alice",
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": NONCE,
    "azp": CLIENT,
    "nbf": NOW,
}
EXPECTED = Expected(issuer=ISSUER, client_id=CLIENT, nonce=NONCE, redirected=True, now=NOW)
NEEDED = ("iss", "aud", "sub", "iat", "exp", "nonce")
TIMES = ("iat", "exp", "nbf")
KEY_HEADERS = ("jwk", "jku", "x5u", "x5c")
MEANT = {"alg", "kid", "typ", "crit", "b64", *KEY_HEADERS, *CLAIMS}
CUSTOM = {"lp_sdes", "email", "email_verified", "_claim_sources", "acr", "auth_time", "at_hash"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HEAD = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "cty": "JWT"}

FAMILIES = {
    "claim": 2_500,
    "tampered": 3_200,
    "header": 2_400,
    "signature": 3_400,
    "encoding": 3_600,
    "payload": 1_500,
    "key": 3_200,
    "layer": 3_600,
}
"""Per family, how many different mutants must be refused."""


def dumps(value: Any) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def mac(signing_input: str, secret: bytes, bits: int) -> bytes:
    """Return an HMAC, with a secret that no key library would take."""
    return hmac.new(secret, signing_input.encode(), f"sha{bits}").digest()


@dataclass(frozen=True, kw_only=True)
class KeySource:
    """A fixed key set, which cannot change."""

    key_set: keys.KeySet

    def find(self, kid: str | None, algorithm: str) -> Keys:
        """Return the candidates."""
        return Keys(candidates=self.key_set.candidates(kid, algorithm))

    def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
        """Return nothing new."""
        return None


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Makes tokens, and examines them under rules as wide as a connector can have them."""

    key: RSAKey
    second: RSAKey
    elliptic: ECKey
    edwards: OKPKey
    foreign: RSAKey
    recipient: RSAKey
    stranger: RSAKey
    source: KeySource
    bases: list[str] = field(default_factory=list)
    sealed: list[str] = field(default_factory=list)
    turn: int = 0
    signed: dict[tuple[bytes, bytes, int, str], str] = field(default_factory=dict)

    def turned(self, turn: int) -> Bench:
        """Return the same bench whose tokens are other ones."""
        bases, sealed = (list_[turn:] + list_[:turn] for list_ in (self.bases, self.sealed))
        return replace(self, bases=bases, sealed=sealed, turn=turn)

    def head(self, **changes: Any) -> dict[str, Any]:
        """Return the good header with changes; ``...`` drops a parameter."""
        whole = {"alg": "RS256", "kid": self.key.kid, "typ": "JWT", **changes}
        return {name: value for name, value in whole.items() if value is not ...}

    def sign(
        self,
        header: Mapping[str, Any] | bytes | None = None,
        payload: Mapping[str, Any] | bytes = CLAIMS,
        key: Key | None = None,
        algorithm: str = "RS256",
    ) -> str:
        """Return a token whose signature is good, whatever its header and payload say."""
        octets = payload if isinstance(payload, bytes) else dumps({**payload, "jti": self.turn})
        head = self.head(turn=self.turn) if header is None else header
        first = head if isinstance(head, bytes) else dumps(head)
        made = (first, octets, id(key or self.key), algorithm)
        if made not in self.signed:
            self.signed[made] = jose.sign(first, octets, key or self.key, algorithm=algorithm)
        return self.signed[made]

    def encrypt(
        self, inner: str | bytes, head: Mapping[str, Any] | bytes | None = None, key: RSAKey | None = None
    ) -> str:
        """Return a token whose A128GCM encryption is good, whatever its header says."""
        whole = {**HEAD, "kid": self.recipient.kid} if head is None else head
        first = base64url.encode(whole if isinstance(whole, bytes) else dumps(whole))
        cek, iv = bytes(16), bytes(12)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        wrapped = (key or self.recipient).public_key.encrypt(cek, oaep)
        plain = inner if isinstance(inner, bytes) else inner.encode()
        octets = AESGCM(cek).encrypt(iv, plain, first.encode())
        return ".".join((first, *map(base64url.encode, (wrapped, iv, octets[:-16], octets[-16:]))))

    def examine(self, token: str, *, encrypted: bool, expected: Expected = EXPECTED) -> Examined:
        """Return what the steps find."""
        rules = Rules(
            algorithms=frozenset({"RS256", "PS256", "ES256", "Ed25519", "HS256"}),
            encrypted=encrypted,
            decryption_keys={str(self.recipient.kid): self.recipient} if encrypted else {},
            keys=self.source,
            expected=expected,
        )
        return examine(Subject(token=token, rules=rules))


def errors(examined: Examined) -> list[str]:
    """Return the codes that refuse a token in the strict mode."""
    problems = [finding.problem for finding in examined.found]
    return [one.code for one in problems if codes()[one.code].severity_of(one, "strict") == "error"]


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A typed change of a valid token, which knows whether it must be refused."""

    name: str
    make: Callable[[Bench], str] = field(repr=False)
    refused: bool = True
    encrypted: bool = False


Mutations = st.SearchStrategy[Mutation]


@pytest.fixture(scope="session")
def bench(signing_key: RSAKey, foreign_key: RSAKey, encryption_key: RSAKey) -> Bench:
    """Give the keys of an issuer with four of them, of a platform, and of two strangers."""
    second, stranger = new_key("sig", "RS256"), new_key("enc", "RSA-OAEP-256")
    elliptic = ECKey.generate_key("P-256", parameters={"kid": "elliptic"})
    edwards = OKPKey.generate_key("Ed25519", parameters={"kid": "edwards"})
    first = {name: value for name, value in signing_key.as_dict(private=False).items() if name != "alg"}
    published = [first, *(key.as_dict(private=False) for key in (second, elliptic, edwards))]
    bench = Bench(
        key=signing_key,
        second=second,
        elliptic=elliptic,
        edwards=edwards,
        foreign=foreign_key,
        recipient=encryption_key,
        stranger=stranger,
        source=KeySource(key_set=keys.from_jwks({"keys": published})),
    )
    bench.bases.extend(
        bench.sign(payload={**CLAIMS, "sub": "alice" + "x" * number}) for number in range(BASES)
    )
    for enc in ("A128GCM", "A256GCM", "A128CBC-HS256"):
        head = {**HEAD, "enc": enc, "kid": encryption_key.kid}
        bench.sealed.extend(jose.encrypt(token, encryption_key, head) for token in bench.bases[:4])
    return bench


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.lists(TEXT | st.integers(), max_size=3),
    st.dictionaries(TEXT, TEXT | st.integers(), max_size=3),
)
BASE = st.integers(0, BASES - 1)
PLACE = st.integers(0, 10**6)
DECORATIONS = ("/", " ", "\t", "\n", "\x00", "\u200b", "\u00a0", "%20", "#", "?", "?a=b", ".", "\u0301", "/.")


def is_time(value: Any) -> bool:
    """Tell whether a value is a NumericDate in seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MILLISECONDS


def keeps_the_rules(claims: Mapping[str, Any]) -> bool:
    """Tell by the rules alone whether claims are those of a good token: the oracle of these tests."""
    iat, exp, nbf, sub = (claims.get(name) for name in ("iat", "exp", "nbf", "sub"))
    if not (is_time(iat) and is_time(exp) and (nbf is None or is_time(nbf))):
        return False
    assert iat is not None
    assert exp is not None
    return (
        (claims.get("iss"), claims.get("nonce")) == (ISSUER, NONCE)
        and claims.get("aud") in (CLIENT, [CLIENT], [CLIENT] * 2, [CLIENT] * 3, [CLIENT] * 4)
        and claims.get("azp") in (None, CLIENT)
        and NOW - WINDOW - LEEWAY <= iat <= NOW + LEEWAY
        and iat < exp <= iat + WEEK
        and exp + LEEWAY > NOW
        and (nbf is None or nbf <= NOW + LEEWAY)
        and isinstance(sub, str)
        and 1 <= len(sub) <= 255
        and all(" " <= letter <= "~" for letter in sub)
        and sub.strip() != ""
        and sub != CLIENT
    )


def claims_mutation(name: str, changes: Mapping[str, Any]) -> Mutation:
    """Return the issuer's own statement of other claims; ``...`` drops one."""
    changed = {key: value for key, value in {**CLAIMS, **changes}.items() if value is not ...}
    refused = not keeps_the_rules(changed)
    return Mutation(
        name=f"{name}: {changes!r}", make=lambda bench: bench.sign(payload=changed), refused=refused
    )


def differently_cased(text: str, mask: int) -> str:
    """Return a text with the case of some letters swapped."""
    return "".join(c.swapcase() if mask >> i & 1 else c for i, c in enumerate(text))


def spelled(name: str) -> st.SearchStrategy[str]:
    """Return odd spellings of a claim's good text."""
    good = str(CLAIMS[name])
    return st.one_of(
        st.integers(1, 2 ** len(good) - 1).map(lambda mask: differently_cased(good, mask)),
        st.sampled_from(DECORATIONS).map(lambda more: good + more),
        st.sampled_from(DECORATIONS).map(lambda more: more + good),
        st.integers(0, len(good) - 1).map(lambda at: good[:at] + good[at + 1 :]),
        st.tuples(st.integers(0, len(good)), TEXT).map(lambda it: good[: it[0]] + it[1] + good[it[0] :]),
        st.integers(0, len(good) - 1).map(lambda at: f"{good[:at]}%{ord(good[at]):02X}{good[at + 1 :]}"),
        st.integers(0, len(good) - 1).map(
            lambda at: good[:at] + chr(ord(good[at]) + 0xFEE0) + good[at + 1 :]
        ),
        TEXT,
    )


def several(name: str) -> st.SearchStrategy[list[Any]]:
    """Return lists that hold a claim's good value among others."""
    return st.lists(st.one_of(st.just(CLAIMS[name]), TEXT, spelled(name)), max_size=4)


def claim_mutations() -> Mutations:
    """Remove, retype, replace, re-spell and shift every claim, signed by the issuer itself."""
    any_name, texts = st.sampled_from(sorted(CLAIMS)), st.sampled_from(["iss", "aud", "sub", "nonce", "azp"])
    instants = st.one_of(
        st.sampled_from([-1, 0, 1]).flatmap(
            lambda by: st.sampled_from(
                [-WEEK, -WINDOW - LEEWAY, -LEEWAY, 0, LEEWAY, 300, WEEK, WEEK + 300]
            ).map(lambda base: NOW + base + by)
        ),
        st.integers(-2 * WEEK, 2 * WEEK).map(lambda by: NOW + by),
        st.floats(-1000, 1000).map(lambda by: NOW + by),
        st.sampled_from([1_000, 10**6, 10**9, -1, 0.001]).map(lambda factor: (NOW + 300) * factor),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
    )
    shapes: st.SearchStrategy[Callable[[Any], Any]] = st.sampled_from(
        [str, lambda it: [it], lambda it: {"": it}, bool, lambda it: [[it]], repr]
    )
    return st.one_of(
        any_name.map(lambda name: claims_mutation("removed", {name: ...})),
        st.tuples(any_name, JSON).map(lambda it: claims_mutation("replaced", {it[0]: it[1]})),
        st.tuples(any_name, shapes).map(lambda it: claims_mutation("retyped", {it[0]: it[1](CLAIMS[it[0]])})),
        texts.flatmap(spelled_claim),
        texts.flatmap(spelled_claim),
        st.sampled_from(["aud", "azp", "iss", "nonce"]).flatmap(
            lambda name: several(name).map(lambda value: claims_mutation("listed", {name: value}))
        ),
        st.tuples(st.sampled_from(TIMES), instants).map(
            lambda it: claims_mutation("shifted", {it[0]: it[1]})
        ),
        st.fixed_dictionaries({"iat": instants, "exp": instants}).map(
            lambda both: claims_mutation("shifted together", both)
        ),
        st.tuples(st.sampled_from(NEEDED), st.sampled_from([str.upper, str.title, lambda n: n + " "])).map(
            lambda it: claims_mutation("renamed", {it[0]: ..., it[1](it[0]): CLAIMS[it[0]]})
        ),
    )


def spelled_claim(name: str) -> Mutations:
    """Return odd spellings of one claim."""
    return spelled(name).map(lambda value: claims_mutation("spelled", {name: value}))


@st.composite
def tampered_mutations(draw: st.DrawFn) -> Mutation:
    """Change header or payload of a signed token, and keep its signature."""
    part, base = draw(st.sampled_from([0, 1, 1])), draw(BASE)
    name, value = draw(st.sampled_from([*CLAIMS, "alg", "kid", "typ", "extra"]) | TEXT), draw(JSON)
    drop, spaced = draw(st.booleans()), draw(st.booleans())

    def make(bench: Bench) -> str:
        pieces = bench.bases[base].split(".")
        old = base64url.decode(pieces[part])
        members = json.loads(old)
        if drop and name in members:
            del members[name]
        else:
            members[name] = value
        new = dumps(members) if not spaced else json.dumps(members, indent=1).encode()
        pieces[part] = base64url.encode(new if new != old else old + b" ")
        return ".".join(pieces)

    return Mutation(name=f"tampered: part {part}, {name!r} {'dropped' if drop else value!r}", make=make)


def header_mutation(name: str, header: Callable[[Bench], Any], *, refused: bool = True) -> Mutation:
    """Return a token that is well signed under another header."""
    return Mutation(name=f"header {name}", make=lambda bench: bench.sign(header(bench)), refused=refused)


def inserted(name: str, members: str) -> Mutation:
    """Return a token with raw JSON members in front of the good header's."""
    return header_mutation(
        f"{name}: {members}",
        lambda bench: b"{" + members.encode("utf-8", "surrogatepass") + b"," + dumps(bench.head())[1:],
    )


def escaped(name: str, mask: int) -> str:
    """Return a JSON string with some letters written as escapes."""
    letters = (f"\\u{ord(c):04x}" if mask >> i & 1 else json.dumps(c)[1:-1] for i, c in enumerate(name))
    return f'"{"".join(letters)}"'


def doubled(names: tuple[str, ...], what: str) -> Mutations:
    """Return headers with a member twice, however its name is written."""
    return st.tuples(st.sampled_from(names), st.integers(0, 15), JSON).map(
        lambda it: inserted(what, f"{escaped(it[0], it[1])}:{json.dumps(it[2])}")
    )


ALGORITHMS = (
    *(
        "none",
        "None",
        "nOnE",
        "NONE",
        "none ",
        "",
        "rs256",
        "Rs256",
        "RS256 ",
        " RS256",
        "RS256\x00",
        "RS-256",
    ),
    *(
        "HS256",
        "HS384",
        "HS512",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
    ),
    *("EdDSA", "Ed25519", "Ed448", "RS1", "dir", "RSA-OAEP-256", "A128GCM", "\uff32\uff33256", "null", "*"),
)
BROKEN = (
    *(b"", b"[]", b"null", b'"RS256"', b"7", b"{", b"{}x", b"{'alg':'RS256'}", b'{"alg":"RS256",}', b"{}"),
    *(
        b'{"alg":"RS256"}{"alg":"RS256"}',
        b'{"alg":"RS256"}//',
        b'{"alg":"RS256"}\x00',
        b'\xef\xbb\xbf{"alg":"RS256"}',
    ),
    *(b'{"alg":"RS256","a":"\xff"}', b'{"alg":"RS256","a":"\xed\xa0\x80"}', b'{"alg":"RS256","a":"\n"}'),
    *(b'{"alg":"RS256","a":"\\ud800"}', b'{"alg":"RS256","a":NaN}', b'{"alg":"RS256","a":-Infinity}'),
    *(
        b'{"alg":"RS256","a":1e999}',
        b'{"alg":"RS256","a":01}',
        b'{"alg":"RS256","a":+1}',
        b'{"alg":"RS256","a":.5}',
    ),
    *(b'{"alg":"RS256","a":{"b":1,"b":2}}', b'{"alg":"RS256","a":"\\x41"}', b'{"alg":"RS256","\\udfff":1}'),
    *('{"alg":"RS256"}'.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037")),
    *(b'{"alg":"RS256","a":' + b"[" * deep + b"]" * deep + b"}" for deep in (32, 33, 500, 1_900)),
    *(b'{"alg":"RS256","a":' + b"9" * 3_000 + b".0}", b'{"alg":"RS256","a":"' + b"a" * 5_000 + b'"}'),
)


def header_mutations() -> Mutations:
    """Change every header parameter, signed by the issuer itself."""
    texts = st.one_of(st.sampled_from(ALGORITHMS), TEXT)
    kids = st.one_of(
        TEXT,
        st.sampled_from(["elliptic", "edwards", "../../dev/null", "' OR 1=1 --", "x" * 3_000, "*"]),
        JSON,
    )
    numbers = st.integers(0, 10**9)
    return st.one_of(
        texts.map(
            lambda it: header_mutation(f"alg {it!r}", lambda bench: bench.head(alg=it), refused=it != "RS256")
        ),
        JSON.map(
            lambda it: header_mutation(f"alg {it!r}", lambda bench: bench.head(alg=it), refused=it != "RS256")
        ),
        st.tuples(JSON, TEXT).map(
            lambda it: header_mutation("no alg", lambda bench: bench.head(alg=..., **{f"x{it[1]}": it[0]}))
        ),
        kids.map(lambda it: header_mutation(f"kid {it!r}", lambda bench: bench.head(kid=it))),
        st.integers(1, 2**43 - 1).map(
            lambda it: Mutation(
                name=f"kid in another case {it}",
                make=lambda bench: bench.sign(
                    bench.head(kid=differently_cased("k" + str(bench.key.kid), it))
                ),
            )
        ),
        kids.filter(lambda it: not isinstance(it, str) or it.lower() not in ("jwt", "application/jwt")).map(
            lambda it: header_mutation(f"typ {it!r}", lambda bench: bench.head(typ=it))
        ),
        st.sampled_from(
            [
                "at+jwt",
                "logout+jwt",
                "secevent+jwt",
                "JWS",
                "JOSE",
                "",
                "application/application/jwt",
                "JWT ",
                "text/jwt",
            ]
        ).map(lambda it: header_mutation(f"typ {it!r}", lambda bench: bench.head(typ=it))),
        st.one_of(
            JSON, st.lists(st.sampled_from(["b64", "exp", "alg", "kid", "typ", "crit", "x"]), max_size=3)
        ).map(lambda it: header_mutation(f"crit {it!r}", lambda bench: bench.head(crit=it, b64=True, exp=1))),
        JSON.filter(lambda it: it is not True).map(
            lambda it: header_mutation(f"b64 {it!r}", lambda bench: bench.head(b64=it))
        ),
        st.tuples(st.sampled_from(["iss", "sub", "aud"]), JSON).map(
            lambda it: header_mutation(
                f"copy of {it[0]} {it[1]!r}", lambda bench: bench.head(**{it[0]: it[1]})
            )
        ),
        doubled(("alg", "kid", "typ"), "duplicate"),
        st.tuples(TEXT, JSON, JSON).map(
            lambda it: inserted(
                "duplicate inside",
                f'"x":{{{json.dumps(it[0])}:{json.dumps(it[1])},{json.dumps(it[0])}:{json.dumps(it[2])}}}',
            )
        ),
        st.integers(0xD800, 0xDFFF).map(lambda it: inserted("lone surrogate", f'"x":"\\u{it:04x}"')),
        st.sampled_from(BROKEN[2:]).map(lambda it: header_mutation(f"broken {it[:40]!r}", lambda _: it)),
        st.tuples(st.sampled_from(BROKEN[10:13]), numbers).map(
            lambda it: header_mutation(f"broken {it!r}", lambda _: it[0][:-2] + b',"n":%d' % it[1])
        ),
    )


def with_signature(name: str, change: Callable[[Bench, str, bytes], bytes], base: int) -> Mutation:
    """Return a base token with another signature, made from its signing input and its own signature."""

    def make(bench: Bench) -> str:
        signing_input, _, signature = bench.bases[base].rpartition(".")
        return (
            f"{signing_input}.{base64url.encode(change(bench, signing_input, base64url.decode(signature)))}"
        )

    return Mutation(name=f"signature {name} of base {base}", make=make)


def flipped(octets: bytes, *places: int) -> bytes:
    """Return octets with some different bits flipped, at least one."""
    changed = bytearray(octets)
    for place in {place % (8 * len(octets)) for place in places}:
        changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def by(name: str, algorithm: str) -> Callable[[Bench, str, bytes], bytes]:
    """Return a signer with another key or algorithm, over the same octets."""

    def change(bench: Bench, signing_input: str, signature: bytes) -> bytes:
        head, body = (base64url.decode(part) for part in signing_input.split("."))
        return base64url.decode(bench.sign(head, body, getattr(bench, name), algorithm).rpartition(".")[2])

    return change


def raw_rsa(change: Callable[[int, int], int]) -> Callable[[Bench, str, bytes], bytes]:
    """Return arithmetic on an RSA signature: of the signature and the modulus."""

    def changed(bench: Bench, signing_input: str, signature: bytes) -> bytes:
        number = change(int.from_bytes(signature), bench.key.public_key.public_numbers().n)
        return number.to_bytes(max(256, (number.bit_length() + 7) // 8))

    return changed


def signature_mutations() -> Mutations:
    """Spoil the signature and leave everything else."""
    others = [
        by(name, algorithm)
        for name, algorithm in [
            *(("key", algorithm) for algorithm in ("RS384", "RS512", "PS256", "PS384", "PS512")),
            *(("foreign", algorithm) for algorithm in ("RS256", "PS256")),
            *(("second", "RS256"), ("elliptic", "ES256"), ("edwards", "Ed25519")),
        ]
    ]
    numbers = [
        raw_rsa(change)
        for change in (
            *(
                lambda s, n: s + n,
                lambda s, n: n - s,
                lambda s, n: 0,
                lambda s, n: 1,
                lambda s, n: n,
                lambda s, n: n - 1,
            ),
            *(
                lambda s, n: n + 1,
                lambda s, n: pow(s, 65_537, n),
                lambda s, n: s << 8,
                lambda s, n: s * s % n,
            ),
        )
    ]
    return st.one_of(
        *[
            st.tuples(st.lists(PLACE, min_size=1, max_size=4), BASE).map(
                lambda it: with_signature(f"bits {it[0]} flipped", lambda b, i, s: flipped(s, *it[0]), it[1])
            )
        ]
        * 3,
        st.tuples(st.integers(0, 255), BASE).map(
            lambda it: with_signature(f"cut to {it[0]}", lambda b, i, s: s[: it[0]], it[1])
        ),
        st.tuples(st.integers(1, 256), BASE).map(
            lambda it: with_signature(f"cut from {it[0]}", lambda b, i, s: s[it[0] :], it[1])
        ),
        st.tuples(st.binary(min_size=1, max_size=8), st.booleans(), BASE).map(
            lambda it: with_signature(
                f"longer by {it[0]!r}", lambda b, i, s: s + it[0] if it[1] else it[0] + s, it[2]
            )
        ),
        st.tuples(st.binary(max_size=300), BASE).map(
            lambda it: with_signature("invented", lambda b, i, s: it[0], it[1])
        ),
        st.tuples(st.sampled_from([b"\x00", b"\xff", b"\x01"]), st.integers(1, 600), BASE).map(
            lambda it: with_signature(f"all {it[0]!r}", lambda b, i, s: it[0] * it[1], it[2])
        ),
        st.tuples(st.sampled_from(range(len(others))), BASE).map(
            lambda it: with_signature(f"by other {it[0]}", others[it[0]], it[1])
        ),
        st.tuples(st.sampled_from(range(len(numbers))), BASE).map(
            lambda it: with_signature(f"number {it[0]}", numbers[it[0]], it[1])
        ),
        st.tuples(st.integers(1, BASES - 1), BASE).map(
            lambda it: Mutation(
                name=f"signature of another token {it}",
                make=lambda bench: ".".join(
                    (
                        bench.bases[it[1]].rpartition(".")[0],
                        bench.bases[(it[1] + it[0]) % BASES].rpartition(".")[2],
                    )
                ),
            )
        ),
        elliptic_mutations(),
    )


@st.composite
def elliptic_mutations(draw: st.DrawFn) -> Mutation:
    """Spoil an ECDSA signature, whose other root alone means the same."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    changes: dict[str, Callable[[int, int], bytes]] = {
        "other root": lambda r, s: r.to_bytes(32) + (order - s).to_bytes(32),
        "zeros": lambda r, s: bytes(64),
        "r zero": lambda r, s: bytes(32) + s.to_bytes(32),
        "s zero": lambda r, s: r.to_bytes(32) + bytes(32),
        "order": lambda r, s: order.to_bytes(32) * 2,
        "DER": encode_dss_signature,
        "swapped": lambda r, s: s.to_bytes(32) + r.to_bytes(32),
        "wider": lambda r, s: r.to_bytes(33) + s.to_bytes(33),
        "one": lambda r, s: (1).to_bytes(32) * 2,
        "nothing": lambda r, s: b"",
        "half": lambda r, s: r.to_bytes(32),
    }
    name = draw(st.sampled_from(sorted(changes)))

    def make(bench: Bench) -> str:
        header = {"alg": "ES256", "kid": "elliptic", "n": bench.turn}
        signing_input, _, signature = bench.sign(header, key=bench.elliptic, algorithm="ES256").rpartition(
            "."
        )
        octets = base64url.decode(signature)
        changed = changes[name](int.from_bytes(octets[:32]), int.from_bytes(octets[32:]))
        return f"{signing_input}.{base64url.encode(changed)}"

    return Mutation(name=f"ECDSA {name}", make=make, refused=name != "other root")


def edit(name: str, change: Callable[[str], str], base: int) -> Mutation:
    """Return a base token whose text was changed after it was signed."""
    return Mutation(name=f"text {name} of base {base}", make=lambda bench: change(bench.bases[base]))


def in_part(token: str, index: int, change: Callable[[str], str]) -> str:
    """Return a token with one of its parts changed."""
    parts = token.split(".")
    parts[index] = change(parts[index])
    return ".".join(parts)


def unused_bits(token: str, place: int) -> str:
    """Set unused bits at the end of a part that has any."""
    parts = token.split(".")
    loose = [index for index, part in enumerate(parts) if len(part) % 4]
    index = loose[place % len(loose)]
    last, choices = ALPHABET.index(parts[index][-1]), 16 if len(parts[index]) % 4 == 2 else 4
    return in_part(token, index, lambda part: part[:-1] + ALPHABET[last + 1 + place % (choices - 1)])


def other_letter(token: str, place: int, step: int) -> str:
    """Replace one letter by another of the alphabet, with a period among them."""
    letters, at = ALPHABET + ".", place % len(token)
    return token[:at] + letters[(letters.index(token[at]) + step) % len(letters)] + token[at + 1 :]


def json_form(token: str, place: int) -> str:
    """Return the token in one of the JSON serializations, or around one."""
    head, body, signature = token.split(".")
    one = {"protected": head, "signature": signature}
    forms: list[Any] = [
        {"payload": body, **one},
        {"payload": body, "signatures": [one]},
        {"payload": body, "signatures": [one, one]},
        {"payload": body, "header": {"alg": "none"}, **one},
        {"id_token": token},
        [token],
        token,
    ]
    text = json.dumps(forms[place % len(forms)], indent=place % 5 or None)
    return "\n" * (place % 3) + text


def encoding_mutations() -> Mutations:
    """Write a good token in another way than the one that is canonical."""
    blanks = " \t\n\r\x0b\x0c\x00\x1c\x85\xa0\u200b\u2028\u3000\ufeff\u00ad"
    foreign = blanks + "+/=%~!@#$&*(){}[]|\\:;\"'<>,?`^\u00e9\u017f\u212a\uff21\uff0e\u0410\U0001d400\ud800"
    part = st.sampled_from([0, 1, 2])
    insertion = st.tuples(
        st.sampled_from(foreign) | st.characters(exclude_characters=ALPHABET + "."), PLACE, BASE
    )
    return st.one_of(
        *[
            st.tuples(PLACE, st.integers(1, 64), BASE).map(
                lambda it: edit(f"letter {it[0]} + {it[1]}", lambda t: other_letter(t, it[0], it[1]), it[2])
            )
        ]
        * 2,
        *[
            insertion.map(
                lambda it: edit(
                    f"{it[0]!r} at {it[1]}",
                    lambda t: t[: it[1] % (len(t) + 1)] + it[0] + t[it[1] % (len(t) + 1) :],
                    it[2],
                )
            )
        ]
        * 2,
        st.tuples(PLACE, BASE).map(
            lambda it: edit(f"no {it[0]}", lambda t: t[: it[0] % len(t)] + t[it[0] % len(t) + 1 :], it[1])
        ),
        st.tuples(PLACE, BASE).map(lambda it: edit(f"cut at {it[0]}", lambda t: t[: it[0] % len(t)], it[1])),
        st.tuples(part, st.integers(1, 4), BASE).map(
            lambda it: edit(
                f"padding {it[:2]}", lambda t: in_part(t, it[0], lambda p: p + "=" * it[1]), it[2]
            )
        ),
        st.tuples(PLACE, BASE).map(
            lambda it: edit(f"unused bits {it[0]}", lambda t: unused_bits(t, it[0]), it[1])
        ),
        st.tuples(st.sampled_from(["+/", "+_", "-/", "~.", "  ", "%-"]), BASE).map(
            lambda it: edit(
                f"alphabet {it[0]}",
                lambda t: changed_or(t.replace("-", it[0][0]).replace("_", it[0][1]), t, t + it[0]),
                it[1],
            )
        ),
        st.tuples(PLACE, st.sampled_from("xX"), BASE).map(
            lambda it: edit(
                f"percent {it[:2]}",
                lambda t: (
                    t[: it[0] % len(t)] + f"%{ord(t[it[0] % len(t)]):02{it[1]}}" + t[it[0] % len(t) + 1 :]
                ),
                it[2],
            )
        ),
        st.tuples(PLACE, BASE).map(
            lambda it: edit(f"JSON {it[0] % 420}", lambda t: json_form(t, it[0] % 420), it[1])
        ),
        st.tuples(
            st.integers(0, 3), st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=4), BASE
        ).map(
            lambda it: edit(
                f"more parts {it[:2]}",
                lambda t: ".".join((*t.split(".")[: it[0]], *it[1], *t.split(".")[it[0] :])),
                it[2],
            )
        ),
        st.tuples(st.permutations([0, 1, 2]).filter(lambda order: order != [0, 1, 2]), BASE).map(
            lambda it: edit(f"order {it[0]}", lambda t: ".".join(t.split(".")[i] for i in it[0]), it[1])
        ),
        st.tuples(part, BASE).map(
            lambda it: edit(
                f"no part {it[0]}",
                lambda t: ".".join(t.split(".")[: it[0]] + t.split(".")[it[0] + 1 :]),
                it[1],
            )
        ),
        st.tuples(part, BASE).map(
            lambda it: edit(f"empty part {it[0]}", lambda t: in_part(t, it[0], lambda _: ""), it[1])
        ),
        st.tuples(part, BASE).map(
            lambda it: edit(
                f"part {it[0]} encoded twice",
                lambda t: in_part(t, it[0], lambda p: base64url.encode(p.encode())),
                it[1],
            )
        ),
        st.tuples(
            st.sampled_from(["Bearer ", "bearer ", '"', "'", "id_token=", "urn:jwt:", "\ufeff", "."]), BASE
        ).map(lambda it: edit(f"prefix {it[0]!r}", lambda t: it[0] + t, it[1])),
        st.tuples(
            st.sampled_from([str.swapcase, str.upper, str.lower, lambda t: t[::-1], lambda t: t * 2]), BASE
        ).map(lambda it: edit(f"whole {it[0]}", it[0], it[1])),
        st.tuples(TEXT, st.integers(0, 5)).map(
            lambda it: edit(f"junk {it!r}", lambda t: it[0] + "." * it[1], 0),
        ),
    )


def changed_or(text: str, old: str, otherwise: str) -> str:
    """Return a text, or another one where the change changed nothing."""
    return text if text != old else otherwise


BAD_PAYLOADS = (
    *(
        "",
        "[]",
        "null",
        "7",
        '"{}"',
        "true",
        "{",
        "}",
        "{}{}",
        "a.b.c",
        "e30.e30.AA",
        "e30.e30.AA.AA.AA",
        "{,}",
    ),
)


def raw_payload(name: str, octets: bytes) -> Mutation:
    """Return a well signed token around payload octets that are no strict JSON object."""
    return Mutation(name=f"payload {name}: {octets[:60]!r}", make=lambda bench: bench.sign(payload=octets))


def payload_mutations() -> Mutations:
    """Sign claims that are good but written in a way that can be read differently."""
    text = dumps(CLAIMS).decode()
    more = JSON.map(lambda it: f'{{"x":{json.dumps(it)},{text[1:]}')
    codecs = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig", "utf-7", "cp037"]
    insertions = (
        *(
            '"x":NaN',
            '"x":Infinity',
            '"x":-Infinity',
            '"x":1e999',
            '"x":-1e999',
            '"x":01',
            '"x":+1',
            '"x":.5',
            '"x":1.',
        ),
        *(
            '"x":0x1',
            '"x":1_0',
            '"x":True',
            '"x":undefined',
            "x:1",
            "'x':1",
            "\"x\":'y'",
            '"x":"\\x41"',
            '"x":"\\u12"',
        ),
        *(
            '"x":"\t"',
            '"x":"\x00"',
            '"x":1//\n',
            '"x":/**/1',
            '"x"',
            "1",
            '"x":1,',
            '"x":\u0661',
            '"x":1\u00a0',
        ),
        *(f'"x":{"9" * 4_301}', f'"x":{"[" * 32}{"]" * 32}', f'"x":{"[" * 5_000}{"]" * 5_000}'),
        *(f'"x":{"[" * 5_000}', f'"x":{{{",".join(f"{chr(34)}{n}{chr(34)}:0" for n in range(1_000))}}}'),
    )
    return st.one_of(
        st.tuples(st.sampled_from(codecs), more).map(
            lambda it: raw_payload(
                it[0], it[1].encode(it[0]) if it[0] != "utf-7" else b"+AHs-" + it[1].encode()[1:]
            )
        ),
        st.tuples(st.sampled_from(sorted(CLAIMS)), st.integers(0, 31), JSON).map(
            lambda it: raw_payload(
                "duplicate", f"{{{escaped(it[0], it[1])}:{json.dumps(it[2])},{text[1:]}".encode()
            )
        ),
        st.tuples(st.sampled_from(sorted(CLAIMS)), st.integers(0, 31)).map(
            lambda it: raw_payload(
                "same twice", f"{text[:-1]},{escaped(it[0], it[1])}:{json.dumps(CLAIMS[it[0]])}}}".encode()
            )
        ),
        st.tuples(TEXT, JSON, JSON).map(
            lambda it: raw_payload(
                "duplicate inside",
                f'{{"x":[{{{json.dumps(it[0])}:{json.dumps(it[1])},{json.dumps(it[0])}:{json.dumps(it[2])}}}],'
                f"{text[1:]}".encode(),
            )
        ),
        st.tuples(st.integers(0xD800, 0xDFFF), TEXT, st.booleans()).map(
            lambda it: raw_payload(
                "lone surrogate",
                (
                    f'{{"\\u{it[0]:04x}":{json.dumps(it[1])},{text[1:]}'
                    if it[2]
                    else f'{{"x":[{json.dumps(it[1])},"\\u{it[0]:04x}"],{text[1:]}'
                ).encode(),
            )
        ),
        st.tuples(st.integers(0xD800, 0xDFFF), TEXT).map(
            lambda it: raw_payload(
                "surrogate octets",
                b'{"x":"'
                + chr(it[0]).encode("utf-8", "surrogatepass")
                + b'","y":'
                + dumps(it[1])
                + b","
                + text[1:].encode(),
            )
        ),
        st.tuples(st.integers(0x80, 0xFF), more).map(
            lambda it: raw_payload("no UTF-8", b'{"y":"' + bytes([it[0]]) + b'",' + it[1][1:].encode())
        ),
        st.tuples(st.sampled_from(insertions), JSON).map(
            lambda it: raw_payload("inserted", f'{{{it[0]},"y":{json.dumps(it[1])},{text[1:]}'.encode())
        ),
        st.tuples(more, TEXT.filter(lambda it: it.strip(" \t\r\n") != "")).map(
            lambda it: raw_payload("trailing", (it[0] + it[1]).encode())
        ),
        st.sampled_from(BAD_PAYLOADS).map(lambda it: raw_payload("no object", it.encode())),
        st.integers(1, len(text) - 1).map(lambda it: raw_payload("cut", text[:it].encode())),
        more.map(lambda it: raw_payload("list", f"[{it}]".encode())),
        more.map(lambda it: raw_payload("string", dumps(it))),
    )


def secrets(bench: Bench) -> list[bytes]:
    """Return what an attacker may take for the secret of an HMAC: every form of the public key."""
    public, jwk = bench.key.public_key, bench.key.as_dict(private=False)
    spki_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pkcs1_pem = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return [
        *(
            spki_pem,
            spki_pem.strip(),
            spki_pem.replace(b"\n", b"\r\n"),
            pkcs1_pem,
            pkcs1_pem.strip(),
            spki,
            pkcs1,
        ),
        *(b64encode(spki), b64encode(pkcs1), dumps(jwk), json.dumps(jwk).encode(), str(jwk["n"]).encode()),
        *(
            base64url.decode(str(jwk["n"])),
            str(bench.key.kid).encode(),
            b"",
            b"\x00",
            b"secret",
            CLIENT.encode(),
        ),
        public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    ]


@st.composite
def hmac_mutations(draw: st.DrawFn) -> Mutation:
    """Sign with an HMAC and the public key as its secret."""
    index, bits = draw(st.integers(0, 18)), draw(st.sampled_from([256, 384, 512]))
    kid = draw(st.sampled_from(["own", "none", "edwards", "secret"]))
    claimed = draw(st.sampled_from([None, None, None, "RS256", "HS256"])) or f"HS{bits}"

    def make(bench: Bench) -> str:
        named = {"own": bench.key.kid, "none": ..., "edwards": "edwards", "secret": "secret"}[kid]
        head = bench.head(alg=claimed, kid=named)
        signing_input = (
            f"{base64url.encode(dumps(head))}.{base64url.encode(dumps({**CLAIMS, 'jti': bench.turn}))}"
        )
        return f"{signing_input}.{base64url.encode(mac(signing_input, secrets(bench)[index], bits))}"

    return Mutation(name=f"HS{bits} as {claimed} with secret {index}, kid {kid}", make=make)


@st.composite
def foreign_mutations(draw: st.DrawFn) -> Mutation:
    """Sign with a stranger's key, and offer it in the header."""
    kind = draw(st.sampled_from(["foreign", "foreign", "edwards", "elliptic", "second"]))
    kid = draw(st.sampled_from(["key", "foreign", "none", "empty"]))
    offers = draw(st.lists(st.sampled_from([*KEY_HEADERS, "x5t", "x5t#S256"]), max_size=3, unique=True))
    algorithm = {"edwards": "Ed25519", "elliptic": "ES256"}.get(kind) or draw(
        st.sampled_from(["RS256", "PS256"])
    )
    claimed = draw(st.sampled_from([algorithm, algorithm, "RS256", "ES256", "Ed25519", "HS256"]))
    own = kind != "foreign"

    def make(bench: Bench) -> str:
        key: Key = bench.foreign
        if kind == "edwards":
            key = OTHER_EDWARDS
        elif kind == "elliptic":
            key = OTHER_ELLIPTIC
        elif kind == "second":
            key = bench.second
        jwk = key.as_dict(private=False)
        whole: dict[str, Any] = {
            "jwk": {**jwk, "kid": bench.key.kid},
            "jku": "https://attacker.test/jwks",
            "x5u": "https://attacker.test/chain.pem",
            "x5c": [b64encode(dumps(jwk)).decode()],
            "x5t": base64url.encode(hashlib.sha1(dumps(jwk), usedforsecurity=False).digest()),
            "x5t#S256": base64url.encode(hashlib.sha256(dumps(jwk)).digest()),
        }
        named = {"key": bench.key.kid, "foreign": bench.foreign.kid, "none": ..., "empty": ""}[kid]
        if kind == "second" and kid == "none":
            named = bench.key.kid
        head = bench.head(alg=claimed, kid=named, **{name: whole[name] for name in offers})
        return bench.sign(head, CLAIMS, key, algorithm)

    return Mutation(
        name=f"{algorithm} as {claimed} by {'own' if own else 'foreign'} {kind}, kid {kid}, {offers}",
        make=make,
    )


OTHER_EDWARDS = OKPKey.generate_key("Ed25519")
OTHER_ELLIPTIC = ECKey.generate_key("P-256")


@st.composite
def unsigned_mutations(draw: st.DrawFn) -> Mutation:
    """Claim that no signature is needed, and leave one or none."""
    algorithm = draw(st.sampled_from(["none", "None", "NONE", "nOnE", "", "null", "no"]) | JSON)
    left = draw(st.sampled_from([b"", b"\x00", b"none"]) | st.binary(max_size=64))

    def make(bench: Bench) -> str:
        head = bench.head(alg=algorithm)
        return ".".join(map(base64url.encode, (dumps(head), dumps({**CLAIMS, "jti": bench.turn}), left)))

    return Mutation(name=f"alg {algorithm!r} with {left!r}", make=make)


def key_mutations() -> Mutations:
    """Let somebody else sign, or nobody."""
    return st.one_of(hmac_mutations(), foreign_mutations(), unsigned_mutations())


def layer(name: str, make: Callable[[Bench], str], *, encrypted: bool = True) -> Mutation:
    """Return a change of the encrypted form."""
    return Mutation(name=f"layer {name}", make=make, encrypted=encrypted)


def sealed_part(name: str, place: int, index: int, change: Callable[[bytes], bytes]) -> Mutation:
    """Return a sealed token with the octets of one part changed."""

    def make(bench: Bench) -> str:
        token = bench.sealed[place % len(bench.sealed)]
        return in_part(token, index, lambda part: base64url.encode(change(base64url.decode(part))))

    return layer(f"{name}, part {index} of {place % 12}", make)


def outer_head(name: str, head: Callable[[Bench], Mapping[str, Any] | bytes]) -> Mutation:
    """Return a token that is well encrypted under another header."""
    return layer(f"header {name}", lambda bench: bench.encrypt(bench.bases[0], head(bench)))


def good_head(bench: Bench, **changes: Any) -> dict[str, Any]:
    """Return the good outer header with changes; ``...`` drops a parameter."""
    whole = {**HEAD, "kid": bench.recipient.kid, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def zipped(bench: Bench, base: int, value: Any) -> str:
    """Return a token whose plaintext is compressed, as its header says."""
    packer = zlib.compressobj(wbits=-15)
    plain = packer.compress(bench.bases[base].encode()) + packer.flush()
    return bench.encrypt(plain, good_head(bench, zip=value))


def layer_mutations() -> Mutations:
    """Spoil the encryption, or what it is wrapped around."""
    algs = st.sampled_from(
        [
            "RSA1_5",
            "RSA-OAEP",
            "dir",
            "A128KW",
            "A256GCMKW",
            "PBES2-HS256+A128KW",
            "ECDH-ES",
            "none",
            "rsa-oaep-256",
            "",
        ]
    )
    encs = st.sampled_from(
        ["A128CBC", "A256CBC-HS512", "A192GCM", "a128gcm", "none", "", "XC20P", "A128CBC-HS256"]
    )
    swapped = st.tuples(st.integers(0, 11), st.integers(1, 11), st.sampled_from([1, 2, 3, 4]))
    return st.one_of(
        *[
            st.tuples(PLACE, st.integers(1, 4), st.lists(PLACE, min_size=1, max_size=3)).map(
                lambda it: sealed_part(
                    f"bits {it[2]} flipped", it[0], it[1], lambda octets: flipped(octets, *it[2])
                )
            )
        ]
        * 2,
        st.tuples(PLACE, st.integers(1, 4), PLACE).map(
            lambda it: sealed_part(f"cut {it[2]}", it[0], it[1], lambda octets: octets[: it[2] % len(octets)])
        ),
        st.tuples(PLACE, st.integers(1, 4), st.binary(min_size=1, max_size=16)).map(
            lambda it: sealed_part(f"longer {it[2]!r}", it[0], it[1], lambda octets: octets + it[2])
        ),
        st.tuples(PLACE, st.integers(1, 4), st.binary(max_size=40)).map(
            lambda it: sealed_part(f"replaced {it[2]!r}", it[0], it[1], lambda octets: it[2])
        ),
        swapped.map(
            lambda it: layer(
                f"part {it[2]} of another {it[:2]}",
                lambda bench: (
                    in_part(
                        bench.sealed[it[0]],
                        it[2],
                        lambda _: bench.sealed[(it[0] + it[1]) % 12].split(".")[it[2]],
                    )
                    if len(bench.sealed) == 12
                    else ""
                ),
            )
        ),
        st.tuples(PLACE, TEXT, JSON).map(
            lambda it: layer(
                f"header changed {it}",
                lambda bench: in_part(
                    bench.sealed[it[0] % 12],
                    0,
                    lambda part: base64url.encode(
                        dumps({**json.loads(base64url.decode(part)), f"x{it[1]}": it[2]})
                    ),
                ),
            )
        ),
        (algs | JSON).map(lambda it: outer_head(f"alg {it!r}", lambda bench: good_head(bench, alg=it))),
        (encs | JSON).map(lambda it: outer_head(f"enc {it!r}", lambda bench: good_head(bench, enc=it))),
        JSON.map(lambda it: outer_head(f"kid {it!r}", lambda bench: good_head(bench, kid=it))),
        JSON.map(lambda it: outer_head(f"zip {it!r}", lambda bench: good_head(bench, zip=it))),
        st.tuples(BASE, st.sampled_from(["DEF", "GZ", "def", None, ""])).map(
            lambda it: layer(f"zip {it}", lambda bench: zipped(bench, *it))
        ),
        JSON.map(lambda it: outer_head(f"crit {it!r}", lambda bench: good_head(bench, crit=it, exp=1))),
        JSON.filter(lambda it: it is not True).map(
            lambda it: outer_head(f"b64 {it!r}", lambda bench: good_head(bench, b64=it))
        ),
        st.tuples(st.sampled_from(["iss", "sub", "aud"]), JSON).map(
            lambda it: outer_head(f"copy {it}", lambda bench: good_head(bench, **{it[0]: it[1]}))
        ),
        st.tuples(st.sampled_from(sorted([*HEAD, "kid"])), st.integers(0, 7), JSON).map(
            lambda it: outer_head(
                f"duplicate {it}",
                lambda bench: (
                    f"{{{escaped(it[0], it[1])}:{json.dumps(it[2])},".encode() + dumps(good_head(bench))[1:]
                ),
            )
        ),
        st.sampled_from(BROKEN).map(lambda it: outer_head(f"broken {it[:30]!r}", lambda _: it)),
        st.tuples(BASE, st.booleans()).map(
            lambda it: layer(
                f"another recipient {it}",
                lambda bench: bench.encrypt(
                    bench.bases[it[0]],
                    good_head(bench, kid=bench.stranger.kid) if it[1] else None,
                    bench.stranger,
                ),
            )
        ),
        BASE.map(
            lambda it: layer(f"twice {it}", lambda bench: bench.encrypt(bench.encrypt(bench.bases[it])))
        ),
        BASE.map(
            lambda it: layer(f"three times {it}", lambda b: b.encrypt(b.encrypt(b.encrypt(b.bases[it]))))
        ),
        st.tuples(BASE, st.booleans()).map(
            lambda it: layer(
                f"wrong order {it}",
                lambda bench: bench.sign(bench.head(cty="JWT"), bench.encrypt(bench.bases[it[0]]).encode()),
                encrypted=it[1],
            )
        ),
        BASE.map(lambda it: layer(f"only signed {it}", lambda bench: bench.bases[it])),
        BASE.map(
            lambda it: layer(
                f"not agreed {it}", lambda bench: bench.encrypt(bench.bases[it]), encrypted=False
            )
        ),
        JSON.map(
            lambda it: layer(f"bare claims {it!r}", lambda bench: bench.encrypt(dumps({**CLAIMS, "x": it})))
        ),
        st.binary(max_size=60).map(lambda it: layer(f"other octets {it!r}", lambda bench: bench.encrypt(it))),
        st.one_of(
            unsigned_mutations(),
            hmac_mutations(),
            foreign_mutations(),
            encoding_mutations(),
            signature_mutations(),
        )
        .filter(lambda it: it.refused)
        .map(lambda it: layer(f"inside, {it.name}", lambda bench: bench.encrypt(surrogates(it.make(bench))))),
        st.one_of(claim_mutations(), header_mutations())
        .filter(lambda it: it.refused)
        .map(lambda it: layer(f"inside, {it.name}", lambda bench: bench.encrypt(it.make(bench)))),
    )


def surrogates(text: str) -> bytes:
    """Return a text's octets, even of one that no UTF-8 holds."""
    return text.encode("utf-8", "surrogatepass")


STRATEGIES: Mapping[str, Callable[[], Mutations]] = {
    "claim": claim_mutations,
    "tampered": tampered_mutations,
    "header": header_mutations,
    "signature": signature_mutations,
    "encoding": encoding_mutations,
    "payload": payload_mutations,
    "key": key_mutations,
    "layer": layer_mutations,
}


@st.composite
def harmless_mutations(draw: st.DrawFn) -> Mutation:
    """Change what means nothing: order, blanks, escapes, unknown names, an equal form of a value."""
    names = draw(st.permutations(sorted(CLAIMS)))
    extra = draw(st.dictionaries(TEXT.filter(lambda it: it not in MEANT | CUSTOM), JSON, max_size=3))
    unknown = draw(st.dictionaries(TEXT.filter(lambda it: it not in MEANT), JSON, max_size=3))
    forms: dict[str, Any] = {
        "aud": draw(st.sampled_from([CLIENT, [CLIENT], [CLIENT, CLIENT]])),
        "exp": draw(st.sampled_from([NOW + 300, float(NOW + 300), NOW + 300.5])),
        "azp": draw(st.sampled_from([CLIENT, ...])),
        "nbf": draw(st.sampled_from([NOW, ..., NOW - 86_400, 0])),
    }
    claims = {name: value for name in names if (value := forms.get(name, CLAIMS[name])) is not ...} | extra
    typ = draw(st.sampled_from(["JWT", "jwt", "Jwt", "application/jwt", "APPLICATION/JWT", ...]))
    offered: dict[str, Any] = draw(
        st.sampled_from(
            [{}, {"jku": "https://a.test"}, {"x5c": []}, {"jwk": {}}, {"b64": True}, {"iss": ISSUER}]
        )
    )
    kid = draw(st.sampled_from(["own", "own", "none"]))
    indent = draw(st.sampled_from([None, 0, 1, 8, "\t", "\r\n "]))
    mask, around = draw(st.integers(0, 2**12)), draw(st.text(" \t\r\n", max_size=3))
    algorithm = draw(st.sampled_from(["RS256", "RS256", "PS256", "Ed25519", "ES256"]))
    encrypted = draw(st.sampled_from([False, False, False, True]))
    text = json.dumps(claims, indent=indent, ensure_ascii=bool(mask & 1)).replace(
        '"iss"', escaped("iss", mask), 1
    )

    def make(bench: Bench) -> str:
        others: Mapping[str, Key] = {"Ed25519": bench.edwards, "ES256": bench.elliptic}
        key = others.get(algorithm, bench.key)
        head = bench.head(
            alg=algorithm, kid=key.kid if kid == "own" else ..., typ=typ, turn=bench.turn, **offered
        )
        token = bench.sign({**unknown, **head}, (around + text + around).encode(), key, algorithm)
        return bench.encrypt(token, good_head(bench, cty=draw_cty, typ="JWT")) if encrypted else token

    draw_cty = draw(st.sampled_from(["JWT", "jwt", "application/jwt", ...]))
    return Mutation(name=f"harmless {text}, {unknown}", make=make, refused=False, encrypted=encrypted)


def examined_mutants(bench: Bench, mutations: Mutations, wanted: int, *, refused: bool) -> int:
    """Examine mutants until enough different ones were refused, or accepted; return how many.

    Every mutation is tried on several tokens, because making mutations up is what takes the time.
    """
    benches = [bench.turned(turn) for turn in range(TURNS)]
    seen: dict[tuple[str, bool], bool] = {}

    def run(batch: list[Mutation]) -> None:
        for mutation in batch:
            for turned in benches:
                token = mutation.make(turned)
                if (token, mutation.encrypted) not in seen:
                    found = errors(bench.examine(token, encrypted=mutation.encrypted))
                    assert bool(found) == mutation.refused, (mutation, found, token)
                    seen[token, mutation.encrypted] = mutation.refused

    for number in range(ROUNDS):
        seed(number)(SETTINGS(given(st.lists(mutations, min_size=BATCH, max_size=BATCH))(run)))()
        if (count := list(seen.values()).count(refused)) >= wanted:
            break
    return count


@pytest.mark.parametrize("family", FAMILIES)
def test_no_mutant_of_a_good_token_is_accepted(family: str, bench: Bench) -> None:
    """Every change that means something is refused, and every other one is not."""
    wanted = FAMILIES[family]
    assert examined_mutants(bench, STRATEGIES[family](), wanted, refused=True) >= wanted


def test_the_families_are_many_enough() -> None:
    """Twenty thousand different mutants that must be refused are examined in all."""
    assert sum(FAMILIES.values()) >= 20_000
    assert FAMILIES.keys() == STRATEGIES.keys()


def test_what_means_the_same_is_accepted(bench: Bench) -> None:
    """No harmless change of a good token is refused, however it was put together."""
    assert examined_mutants(bench, harmless_mutations(), 2_500, refused=False) >= 2_500


def test_the_bases_are_good(bench: Bench) -> None:
    """What is mutated was accepted before, so that the mutation alone is what is refused."""
    assert [] == [code for token in bench.bases for code in errors(bench.examine(token, encrypted=False))]
    assert [] == [code for token in bench.sealed for code in errors(bench.examine(token, encrypted=True))]


def test_no_text_makes_the_examination_raise(bench: Bench) -> None:
    """Whatever is handed over as a token is refused without an exception."""
    texts = (
        st.text()
        | st.text(ALPHABET + ".=", max_size=80)
        | st.lists(TEXT, min_size=3, max_size=5).map(".".join)
    )

    @seed(0)
    @settings(SETTINGS, max_examples=500)
    @given(texts, st.booleans())
    def run(text: str, encrypted: bool) -> None:
        assert errors(bench.examine(text, encrypted=encrypted)) != []

    run()


def test_no_claim_makes_the_examination_raise(bench: Bench) -> None:
    """Whatever an issuer signs, under whatever the platform asked for, is examined to its end."""
    asked = replace(EXPECTED, access_token="token", max_age=60, acr_values=frozenset({"high"}))
    names = st.sampled_from([*CLAIMS, "acr", "at_hash", "auth_time", "lp_sdes", "email", "phone_number"])
    typed = st.fixed_dictionaries(
        {"type": JSON | st.sampled_from(["ctmrinfo", "personal"])}, optional={"info": JSON}
    )

    @seed(0)
    @settings(SETTINGS, max_examples=500)
    @given(st.dictionaries(names, JSON | st.lists(typed, max_size=2), max_size=6))
    def run(changes: dict[str, Any]) -> None:
        token = bench.sign(payload={**CLAIMS, **changes})
        assert "claims.acr_insufficient" in errors(bench.examine(token, encrypted=False, expected=asked))

    run()
