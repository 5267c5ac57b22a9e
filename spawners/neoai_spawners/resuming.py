"""What a hub that was killed left half done, ended by the hub that starts again."""

from __future__ import annotations

from typing import Any

from jupyterhub import orm
from jupyterhub.user import UserDict
from sqlalchemy.orm import Session, object_session

from .account import Holding, new_key
from .ending import Holds
from .profiles import Profile

INTERRUPTED = "The hub was restarted while your server was starting. Start it again."


class Resumes(Holds):
    """Stands before a spawner of JupyterHub. A start that its hub did not live to end is ended: not
    even its address may be known. The ending of a server that would not stop goes on."""

    ended: str
    _stopping: bool
    _start_pending: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._launching = False
        self._interrupted = False
        self._named = ""
        super().__init__(*args, **kwargs)

    def get_state(self) -> dict[str, Any]:
        """The spawner's, with what is half done."""
        state = super().get_state()
        if self._launching:
            state["starting"] = True
        if self.holding is not None and self.holding.key in self._ending:
            state["ending"] = True
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """What `get_state` gave. A hub that starts looks at its starts next."""
        super().load_state(state)
        self._interrupted = state.get("starting", False)
        if state.get("ending"):
            self._end_later()

    async def run_auth_state_hook(self, auth_state: Any) -> None:
        """The admin's hook. Then a start gets its name, which JupyterHub keeps with the time of
        the start right afterwards: a commit of its own would cost a tenth of the hub's part.

        The page to start a server runs the hook too, where nothing starts."""
        await super().run_auth_state_hook(auth_state)  # type: ignore[misc]
        self._named = ""
        starts = self._start_pending and self.holding is None
        if starts and object_session(self.orm_spawner) is not None:
            self._named = new_key()
            named = {"holding": {"key": self._named, "profile": "", "memory": 0}}
            self.orm_spawner.state = {**self.get_state(), **named, "starting": True}

    def _hold(self, profile: Profile) -> Holding:
        """What starts now is known to the hub that comes after this one, by its name: nothing more
        until it answers."""
        named, self._named = self._named, ""
        self.holding = Holding.new(profile, named)
        if not named:
            self._save()
        return self.holding

    async def _end_the_interrupted(self) -> int:
        self._interrupted, self._stopping = False, True
        self.ended = INTERRUPTED
        removed = await self._is_removed()
        self._stopping = False
        if removed:
            await self._let_go()
        else:
            self._end_later()
        return 0


def resume(users: UserDict, db: Session) -> None:
    """Go on ending the servers that JupyterHub has forgotten, as they would not stop. For a hub
    that has just started; again changes nothing."""
    forgotten = db.query(orm.Spawner.id, orm.Spawner.state).filter(
        orm.Spawner.server_id.is_(None), orm.Spawner.state.is_not(None)
    )
    ending = [number for number, state in forgotten if state.get("ending")]
    for row in db.query(orm.Spawner).filter(orm.Spawner.id.in_(ending)):
        users[row.user].get_spawner(row.name)  # made from its state, it goes on by itself
