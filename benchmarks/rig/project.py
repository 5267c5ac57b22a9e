"""A project of a running server, over its REST API."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .lab import TOKEN, Lab

PREFIX = "/neoai/v1"


class Project:
    """The folder `work` of the server's root, registered as a project."""

    def __init__(self, lab: Lab) -> None:
        self.root: Path = lab.root / "work"
        self._connection = http.client.HTTPConnection(urlsplit(lab.url).netloc, timeout=600)
        self.id = str(self.ask("POST", "/projects", {"name": "work", "path": "work"})["id"])

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The reply's JSON; its `status` where that is an error."""
        sent = None if body is None else json.dumps(body)
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        self._connection.request(method, PREFIX + path, sent, headers)
        return json.loads(self._connection.getresponse().read() or b"null")

    def search(self, query: str, k: int = 10) -> list[dict[str, Any]]:
        """The passages found."""
        body = {"project_id": self.id, "query": query, "k": k}
        items: list[dict[str, Any]] = self.ask("POST", "/ai/search", body)["items"]
        return items

    def index(self) -> dict[str, Any]:
        """Index the project; how its index stands then."""
        self.ask("POST", f"/ai/index/{self.id}")
        while True:
            state: dict[str, Any] = self.ask("GET", f"/ai/index/{self.id}")
            if state["state"] != "building":
                return state
            time.sleep(0.02)
