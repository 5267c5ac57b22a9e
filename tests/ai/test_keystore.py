"""Where the keys lie that a user has given: a real keyring, or a file that nobody else may read."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neoai_server_ext.ai.keystore import KeyStore
from neoai_server_ext.ai.providers import KeyProblem, Secret

KEY = "sk-kept-0123456789abcdef"
HOST = "https://models.example"


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    """Without a keyring."""
    return KeyStore(tmp_path / "data" / "provider-keys.json", keyring=False)


def test_a_key_lies_in_a_file_for_its_owner_alone(store: KeyStore) -> None:
    old = os.umask(0)
    try:
        assert store.put("p", HOST, Secret(KEY)) == "saved-file"
    finally:
        os.umask(old)
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.file.parent.stat().st_mode) == 0o700
    assert [file.name for file in store.file.parent.iterdir()] == ["provider-keys.json"]
    found = KeyStore(store.file, keyring=False).get("p", HOST)
    assert found is not None
    assert found.reveal() == KEY


def test_a_removed_key_is_gone_from_the_disk(store: KeyStore) -> None:
    store.put("p", HOST, Secret(KEY))
    store.put("q", HOST, Secret("sk-other"))
    assert store.remove("p")
    assert not store.remove("p")
    assert store.get("p", HOST) is None
    assert KEY not in store.file.read_text()
    assert store.get("q", HOST) is not None


def test_a_key_goes_to_no_other_address_than_it_was_given_for(store: KeyStore) -> None:
    store.put("p", HOST, Secret(KEY))
    with pytest.raises(KeyProblem, match="another address") as raised:
        store.get("p", "https://elsewhere.example")
    assert KEY not in str(raised.value)


def test_a_key_file_that_others_can_read_is_not_used(store: KeyStore) -> None:
    store.put("p", HOST, Secret(KEY))
    store.file.chmod(0o644)
    with pytest.raises(KeyProblem, match="can be read by others"):
        store.get("p", HOST)


@pytest.mark.parametrize("text", ["", "[]", '{"p": 1}', '{"p": {"key": 1}}', "\x00", "{"])
def test_a_damaged_key_file_is_reported_and_left_as_it_is(store: KeyStore, text: str) -> None:
    store.put("p", HOST, Secret(KEY))
    store.file.write_text(text)
    for ask in (lambda: store.get("p", HOST), lambda: store.put("q", HOST, Secret(KEY))):
        with pytest.raises(KeyProblem, match="damaged"):
            ask()
    assert store.file.read_text() == text


def test_what_another_process_changes_is_seen(store: KeyStore) -> None:
    other = KeyStore(store.file, keyring=False)
    store.put("p", HOST, Secret(KEY))
    assert other.get("p", HOST) is not None
    store.remove("p")
    assert other.get("p", HOST) is None


def test_without_a_keyring_on_this_machine_the_file_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`keyring` itself says that there is none, as on a server without a desktop."""
    script = f"""
from pathlib import Path
from neoai_server_ext.ai.keystore import KeyStore
from neoai_server_ext.ai.providers import Secret
store = KeyStore(Path({str(tmp_path / "keys.json")!r}))
print(store.place, store.put("p", {HOST!r}, Secret({KEY!r})))
"""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert python(script) == "saved-file saved-file"


def test_a_keyring_keeps_the_key_and_the_file_does_not(
    tmp_path: Path, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """GNOME's, over the Secret Service that desktops have."""
    require("keyring")
    keys = tmp_path / "data" / "provider-keys.json"
    script = f"""
import os, pathlib, subprocess
from neoai_server_ext.ai.keystore import KeyStore
from neoai_server_ext.ai.providers import KeyProblem, Secret
store = KeyStore(pathlib.Path({str(keys)!r}))
assert store.place == "keyring", store.place
assert store.put("p", {HOST!r}, Secret({KEY!r})) == "keyring"
assert {KEY!r} not in store.file.read_text()
again = KeyStore(store.file)
assert again.where("p") == "keyring"
assert again.get("p", {HOST!r}).reveal() == {KEY!r}
assert again.remove("p") and again.get("p", {HOST!r}) is None
import keyring
assert keyring.get_password(f"NeoAI {{store.file.parent}}", "p") is None
store.put("p", {HOST!r}, Secret({KEY!r}))
keyring.delete_password(f"NeoAI {{store.file.parent}}", "p")
try:
    KeyStore(store.file).get("p", {HOST!r})
except KeyProblem as problem:
    print(problem)
"""
    folder = tmp_path / "home"
    (folder / "run").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
    unlock = "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
    said = python(script, "dbus-run-session", "--", "sh", "-c", f'{unlock} && exec "$@"', "sh")
    assert said == "The keyring has no key of `p` any more. Save it again."
    assert json.loads(keys.read_text()) == {"p": {"address": HOST}}


def python(script: str, *before: str) -> str:
    """What a script prints, in a Python of its own."""
    done = subprocess.run(
        [*before, sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
