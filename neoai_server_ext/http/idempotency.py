"""`Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from .. import errors
from ..db import Database
from ..db.models import IdempotencyKey
from .base import NeoAIHandler, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

KEEP = timedelta(hours=24)
MAX_KEY = 255


class IdempotencyStore:
    """Remembers the reply to each key for a day; two requests at once share one execution."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._running: dict[str, tuple[str, asyncio.Future[Reply]]] = {}

    async def run(
        self,
        handler: NeoAIHandler,
        key: str,
        status: int,
        call: Callable[[], Awaitable[Reply | None]],
    ) -> Reply | None:
        """Give the stored reply to `key`, or make the call and store what it replies.

        A failed call is not stored: the same key may try again. Raises Invalid where the
        key came before with another request.
        """
        if not 0 < len(key) <= MAX_KEY or not key.isprintable():
            raise errors.BadInput(f"Idempotency-Key must be 1 to {MAX_KEY} printable characters.")
        # with the server's own token every request is a new anonymous user of Jupyter's
        named = getattr(handler.authorizer, "tells_people_apart", False)
        user = handler.user_name if named or not handler.token_authenticated else ""
        scope = _digest(user, handler.request.path, key)
        fingerprint = _digest(handler.request.query, handler.request.body)
        running = self._running.get(scope)
        if running is not None:
            _check(running[0], fingerprint)
            return _replayed(await asyncio.shield(running[1]))
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._running[scope] = (fingerprint, future)
        try:
            stored = await self._load(scope, fingerprint)
            if stored is not None:
                future.set_result(stored)
                return _replayed(stored)
            reply = _frozen(await call() or Reply(), status)
            await self._save(scope, fingerprint, reply)
            future.set_result(reply)
            return reply
        except BaseException as error:
            if not future.done():
                failure = (
                    error if isinstance(error, Exception) else errors.Unavailable("Cancelled.")
                )
                future.set_exception(failure)
                future.exception()  # waiters may be none; asyncio must not warn of that
            raise
        finally:
            del self._running[scope]

    async def _load(self, scope: str, fingerprint: str) -> Reply | None:
        async with self._db.session() as session:
            row = await session.scalar(select(IdempotencyKey).where(IdempotencyKey.scope == scope))
            if row is None or row.created_at < datetime.now(UTC) - KEEP:
                return None
            _check(row.fingerprint, fingerprint)
            return Reply(row.body, row.status, dict(row.headers))

    async def _save(self, scope: str, fingerprint: str, reply: Reply) -> None:
        now = datetime.now(UTC)
        async with self._db.session() as session:
            await session.execute(delete(IdempotencyKey).where(IdempotencyKey.scope == scope))
            await session.execute(
                delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEEP)
            )
            session.add(
                IdempotencyKey(
                    scope=scope,
                    fingerprint=fingerprint,
                    status=reply.status,
                    headers=reply.headers,
                    body=reply.body,
                    created_at=now,
                )
            )


def _digest(*parts: str | bytes) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hashed.update(len(raw).to_bytes(8, "big"))
        hashed.update(raw)
    return hashed.hexdigest()


def _check(first: str, now: str) -> None:
    if first != now:
        raise errors.Invalid(
            "This Idempotency-Key came before with another request; use a new key for new work.",
            code="idempotency-key-reused",
        )


def _frozen(reply: Reply, status: int) -> Reply:
    body: BaseModel | bytes | None = reply.body
    raw = body if isinstance(body, bytes) or body is None else body.model_dump_json(by_alias=True)
    return Reply(
        raw.encode() if isinstance(raw, str) else raw, reply.status or status, reply.headers
    )


def _replayed(reply: Reply) -> Reply:
    return Reply(reply.body, reply.status, {**reply.headers, "Idempotency-Replayed": "true"})
