"""Ends what is open to somebody who was signed in: sessions, tokens, servers."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm
from sqlalchemy import delete

LOOK_S, LOOKS = 0.05, 200
"""How long and how often it is waited for the end of a start that is given up."""
OWN_TOKENS = "jupyterhub"
"""The client of tokens that users made themselves, and of those of servers; a browser's session has
those of the servers and services that it has opened."""


def end_sessions(handler: Any, user: Any, *, tokens: bool) -> None:
    """No browser of the user's is signed in any more; with `tokens`, none that was made holds
    either. A server or service forgets one within half a minute."""
    user.orm_user.cookie_id = orm.new_token()
    gone = delete(orm.APIToken).where(orm.APIToken.user_id == user.orm_user.id)
    if not tokens:
        gone = gone.where(orm.APIToken.client_id != OWN_TOKENS)
    handler.db.execute(gone)
    handler.db.execute(delete(orm.OAuthCode).where(orm.OAuthCode.user_id == user.orm_user.id))
    handler.db.commit()


async def shut_out(handler: Any, user: Any) -> None:
    """Sessions and tokens end, and servers are stopped, those that start too."""
    end_sessions(handler, user, tokens=True)
    await asyncio.gather(*(_stop(handler, user, name) for name in list(user.spawners)))


async def _stop(handler: Any, user: Any, name: str) -> None:
    spawner = user.spawners[name]
    starts = spawner.pending == "spawn"
    if starts and spawner._spawn_future is not None:
        spawner._spawn_future.cancel()
    for _ in range(LOOKS):
        if spawner.pending not in ("spawn", "check"):
            break
        await asyncio.sleep(LOOK_S)
    if (starts or spawner.ready) and not spawner.pending:
        await handler.stop_single_user(user, name)


def keep_signed_in(handler: Any, user: Any) -> None:
    """This browser alone goes on, after `end_sessions`."""
    handler.set_login_cookie(user)
    if hasattr(handler, "_xsrf_token"):  # of the session that has ended
        del handler._xsrf_token
