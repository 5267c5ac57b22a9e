"""What a start holds, given back when its server is gone and never before."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from sqlalchemy.orm import object_session
from traitlets import Any as AnyTrait
from traitlets.config import LoggingConfigurable

from .account import Account, Holding, failed


class Holds(LoggingConfigurable):
    """Stands before a spawner of JupyterHub, whose servers hold quotas and GPUs. A server that does
    not stop, which JupyterHub forgets, keeps them, and is ended in the background."""

    quotas = AnyTrait(
        None,
        allow_none=True,
        help="""A function without arguments that returns the hub's `Quotas`. (A function, as
        traitlets copies what a configuration holds.) None: servers start without quotas.""",
    ).tag(config=True)

    leases = AnyTrait(
        None,
        allow_none=True,
        help="""A function without arguments that returns the hub's `Leases` of GPUs. None: no
        profile with a GPU can be started.""",
    ).tag(config=True)

    _ending: ClassVar[dict[str, asyncio.Task[None]]] = {}
    """Of each start whose server would not stop, what ends it in the background."""

    # JupyterHub's own, which have no types
    poll_interval: int
    orm_spawner: Any
    _log_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.holding: Holding | None = None
        super().__init__(*args, **kwargs)

    @property
    def account(self) -> Account:
        """The quotas and leases that this server answers to."""
        return Account(
            self.quotas() if self.quotas else None, self.leases() if self.leases else None, self.log
        )

    def get_state(self) -> dict[str, Any]:
        """The spawner's, with what a hub that starts again must know: what is held."""
        state = dict(super().get_state())  # type: ignore[misc]
        if self.holding is not None:
            state["holding"] = self.holding.model_dump()
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """What `get_state` gave."""
        super().load_state(state)  # type: ignore[misc]
        if "holding" in state:
            self.holding = Holding.model_validate(state["holding"])

    async def poll_below(self) -> Any:
        """What the spawner below says, during a start too."""
        return await super().poll()  # type: ignore[misc]

    async def remove_by_force(self) -> None:
        """End a server that an ordinary stop did not end."""
        await super().stop(True)  # type: ignore[misc]

    def clear_state(self) -> None:
        """Forget the server; not one that has not ended, which could not be found again."""
        if self.holding is None or self.holding.key not in self._ending:
            super().clear_state()  # type: ignore[misc]

    def _end_later(self) -> None:
        if self.holding is None or self.holding.key in self._ending:
            return
        key = self.holding.key
        self.log.error("%s does not stop: it keeps what it holds until it does", self._log_name)
        self._ending[key] = asyncio.create_task(self._until_gone(key))
        self._ending[key].add_done_callback(lambda _: self._ending.pop(key))

    async def _until_gone(self, key: str) -> None:
        while not await self._is_removed():
            await self.account.keep(key)
            await asyncio.sleep(self.poll_interval)
        self.log.info("%s has ended at last", self._log_name)
        await self._let_go()
        super().clear_state()  # type: ignore[misc]
        self._save()

    async def _is_removed(self) -> bool:
        try:
            await self.poll_below()  # the spawner may be new and know of nothing
            await self.remove_by_force()
            return await self.poll_below() is not None
        except Exception as error:
            self.log.warning("%s still does not stop: %r", self._log_name, error)
            return False

    async def _end_the_last(self) -> None:
        """Give back what an earlier start holds still, of which nothing runs any more."""
        if self.holding is None:
            return
        ending = self._ending.get(self.holding.key)
        if ending is not None:
            await asyncio.wait({ending}, timeout=self.poll_interval)
        if self.holding is not None and self.holding.key in self._ending:
            message = "Your last server has not ended yet; the hub goes on ending it. Try again."
            raise failed(message, "ending")
        await self._let_go()

    async def _let_go(self) -> None:
        if self.holding is None:
            return
        await self.account.let_go(self.holding.key)
        self.holding = None
        self._save()

    def _save(self) -> None:
        """Keep the state now: JupyterHub does after a start, which it may not live to see."""
        session = object_session(self.orm_spawner)
        if session is not None:
            self.orm_spawner.state = self.get_state()
            session.commit()
