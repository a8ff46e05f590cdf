"""The tables. Secrets are kept as their SHA-256 only; times are seconds since the epoch."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("source", String(32), nullable=False),
    Column("type", String(64), nullable=False),
    Column("flow", String(64), index=True),
    Column("data", JSON, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("data", JSON, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
    Column("taken_at", Float),
)

consents = Table(
    "consents",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("sub", String(255), primary_key=True),
    Column("client_id", String(255), primary_key=True),
    Column("granted_at", Float, nullable=False),
)

transactions = Table(
    "transactions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("flow", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("binding", String(64), index=True),
    Column("data", JSON, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
    Column("taken_at", Float),
)

seen = Table(
    "seen",
    metadata,
    Column("credential_hash", String(64), primary_key=True),
    Column("session_hash", String(64), nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False),
    Column("iss", String(255), nullable=False),
    Column("sub", String(255), nullable=False),
    Column("verified", JSON, nullable=False),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("account", "iss", "sub"),
)

engagements = Table(
    "engagements",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("profile", ForeignKey("profiles.id"), nullable=False, index=True),
    Column("surface", String(16), nullable=False),
    Column("connector", String(64), nullable=False),
    Column("at", Float, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    # Two may be opened at the same time, and a clock may be set back: the order is in a number of its own.
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("profile", ForeignKey("profiles.id")),
    Column("surface", String(16), nullable=False),
    Column("unverified", JSON, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("closed", Boolean, nullable=False, default=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("sender", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("message", ForeignKey("messages.id"), primary_key=True),
    Column("data", JSON, nullable=False),
)

popups = Table(
    "popups",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("at", Float, nullable=False, index=True),
)
