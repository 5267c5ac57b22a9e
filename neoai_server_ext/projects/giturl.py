"""Which git URLs are let through, and what of them git gets to see."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from .. import errors

REMOTE = frozenset({"https", "http", "ssh", "git"})
SCP = re.compile(
    r"(?:(?P<user>[\w.][\w.-]*)@)?(?P<host>[\w.][\w.-]*|\[[0-9a-fA-F:]+\]):(?P<path>[^:].*)"
)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
HOST = re.compile(r"[\w.][\w.-]*|[0-9a-fA-F:]+")


@dataclass(frozen=True)
class Source:
    """A repository to clone. `url` holds no secret: `secret` (user, password) goes separately."""

    url: str
    protocol: str
    name: str
    secret: tuple[str, str] | None = None
    lone_user: bool = False

    def redact(self, text: str) -> str:
        """The text without the password, in whatever spelling."""
        if self.secret is None or (self.lone_user and len(self.secret[1]) < 8):
            return text
        for spelling in {self.secret[1], quote(self.secret[1], safe="")}:
            if spelling:
                text = text.replace(spelling, "***")
        return text


def parse(url: str, root: str) -> Source:
    """Judge a URL; raises Invalid (`git-url`) for all that is not plainly a repository's address.

    Let through: https, http, ssh and git URLs, `user@host:path`, and repositories below the
    server's root by path or file URL. Not: other helpers (`ext::`, `fd::`), options, and
    whatever is outside the root.
    """
    if url.startswith("-") or not url.strip() or UNPRINTABLE.search(url):
        raise _refused("It must not begin with '-', be blank, or contain control characters.")
    if re.match(r"[A-Za-z0-9+.-]*::", url):
        raise _refused("Remote helpers such as `ext::` would run commands.")
    if "://" in url:
        return _from_url(url, root)
    if ":" not in url.split("/", 1)[0]:
        return _local(url, root)
    scp = SCP.fullmatch(url)
    if scp is None or scp["path"].startswith("-") or " " in url:
        raise _refused("Its host or path is not one.")
    return Source(url, "ssh", _name(scp["path"]))


def _from_url(url: str, root: str) -> Source:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(f"It cannot be read: {error}.") from None
    scheme = parts.scheme.lower()
    if scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise _refused("A file URL cannot name another host.")
        return _local(unquote(parts.path), root)
    if scheme not in REMOTE:
        raise _refused("Use https, http, ssh or git.")
    if " " in url:
        raise _refused("It contains a space; write %20.")
    host = parts.hostname or ""
    if not HOST.fullmatch(host) or (parts.username or "").startswith("-"):
        raise _refused("Its host or user is not one.")
    if not parts.path.strip("/") or unquote(parts.path).startswith("/-"):
        raise _refused("It names no repository.")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if any(ord(char) < 32 for char in user + password):
        raise _refused("Its user or password contains control characters.")
    address = f"[{host}]" if ":" in host else host
    address += f":{port}" if port is not None else ""
    if scheme in ("http", "https") and parts.username is not None:
        # A lone user may be a token, `https://TOKEN@host/…`: kept apart like a password, and
        # tried as one after the user's own credential helpers were asked.
        return Source(
            urlunsplit((scheme, address, parts.path, parts.query, "")),
            scheme,
            _name(parts.path),
            (user, password or user),
            lone_user=not password,
        )
    if password:
        raise _refused("A password cannot be given to ssh or git; use a key.")
    login = f"{quote(user, safe='')}@" if user else ""
    clean = urlunsplit((scheme, login + address, parts.path, parts.query, ""))
    return Source(clean, scheme, _name(parts.path))


def _local(path: str, root: str) -> Source:
    if "\0" in path:
        raise _refused("Its path contains NUL.")
    real = os.path.realpath(f"{root}/{path}" if not path.startswith("/") else path)
    if not real.startswith(root.rstrip("/") + "/"):
        raise _refused("A local repository must lie below the server's root.")
    return Source("file://" + quote(real), "file", _name(path))


def _name(path: str) -> str:
    last = unquote(path).rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return last.removesuffix(".git") or "repository"


def _refused(why: str) -> errors.Invalid:
    return errors.Invalid(f"This is no git URL that can be cloned. {why}", code="git-url")
