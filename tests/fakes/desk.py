"""Spawners of JupyterHub's own users, in this process and with no hub's handlers around them."""

from __future__ import annotations

from typing import Any

from jupyterhub import orm
from jupyterhub.objects import Hub, Server
from jupyterhub.user import User
from sqlalchemy.orm import Session
from traitlets.config import Config


class Desk:
    """Users of one database in memory; each has one spawner of `spawner_class`."""

    def __init__(self, spawner_class: type, config: Config) -> None:
        self.db: Session = orm.new_session_factory("sqlite:///:memory:")()
        self._settings = {
            "spawner_class": spawner_class,
            "config": config,
            "hub": Hub(
                ip="127.0.0.1", port=8081, base_url="/hub/", bind_url="http://127.0.0.1:8081/"
            ),
            "internal_ssl": False,
        }

    def spawner(self, name: str) -> Any:
        """A spawner that is ready to `start`."""
        orm_user = orm.User(name=name)
        self.db.add(orm_user)
        self.db.commit()
        user = User(orm_user, self._settings, self.db)
        spawner = user.get_or_create_spawner("", "")
        orm_server = orm.Server(base_url=f"/user/{name}/")
        self.db.add(orm_server)
        self.db.commit()
        spawner.server = Server(orm_server=orm_server)
        self.db.commit()
        return spawner
