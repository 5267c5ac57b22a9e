"""Settings: where they come from, what is wrong with them, and what they make of JupyterHub."""

from __future__ import annotations

import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config, PyFileConfigLoader

from neoai_hub.config import SettingsError, configure, load
from neoai_hub.sessions import SESSION_ROUTE
from tests.conftest import require

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_file_the_defaults_hold() -> None:
    settings = load(environ={})
    assert settings.spawner.kind == "auto"
    assert settings.database_url == f"sqlite:///{Path.cwd()}/hub-data/neoai_hub.sqlite"


def test_the_environment_wins_over_the_file_and_the_file_over_what_the_code_gives() -> None:
    Path("neoai_hub.toml").write_text("[quotas]\nheartbeat_s = 20\nhold_s = 100\n")
    given = {"quotas": {"heartbeat_s": 10, "hold_s": 10, "lapse_s": 700}}
    settings = load(given, {"NEOAI_HUB__QUOTAS__HEARTBEAT_S": "30"})
    assert (settings.quotas.heartbeat_s, settings.quotas.hold_s) == (30, 100)
    assert settings.quotas.lapse_s == 700


def test_a_variable_holds_text_or_what_toml_reads() -> None:
    settings = load(
        environ={
            "NEOAI_HUB__HUB__ADMINS": '["ann", "bob"]',
            "NEOAI_HUB__QUOTAS__TIMEZONE": "Europe/Berlin",
            "NEOAI_HUB__GPUS__DISCOVER": "false",
        }
    )
    assert settings.hub.admins == ["ann", "bob"]
    assert settings.quotas.timezone == "Europe/Berlin"
    assert settings.gpus.discover is False


def test_the_file_can_be_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.toml"
    file.write_text('[[gpus.devices]]\nid = "GPU-0"\nkind = "H100"\n')
    assert load(environ={"NEOAI_HUB_SETTINGS": str(file)}).gpus.devices[0].kind == "H100"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[quotas]\nheartbeat_s = -1", "`quotas.heartbeat_s` (neoai_hub.toml): Input should be"),
        ("[quota]\nhold_s = 1", "`quota` (neoai_hub.toml): there is no such setting"),
        ("[quotas]\ntimezone = 'Mars'", "`quotas.timezone` (neoai_hub.toml): `Mars` is no time"),
        ("[database]\nurl = 'postgresql://x/y'", "`database.url` (neoai_hub.toml): must name"),
        ("[[gpus.devices]]\nid = 'a'", "`gpus.devices.0.kind` (neoai_hub.toml): Field required"),
        ("[catalogue]\nprofiles = []", "`catalogue` (neoai_hub.toml): at least one profile"),
        ("[quotas", "neoai_hub.toml is no TOML"),
    ],
)
def test_an_error_names_the_key_and_where_it_was_set(text: str, said: str) -> None:
    Path("neoai_hub.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(environ={})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[quotas]\nheartbeat_s = 61", "`gpus.lease_s` (180)"),
        ("[quotas]\nheartbeat_s = 201\n[gpus]\nlease_s = 900", "`quotas.lapse_s` (600)"),
        ("[quotas]\nlapse_s = 179", "`quotas.lapse_s` (179)"),
    ],
)
def test_nothing_that_runs_ends_before_it_has_missed_three_heartbeats(text: str, key: str) -> None:
    Path("neoai_hub.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(environ={})
    assert f"{key} must be at least 3 times `quotas.heartbeat_s`" in str(caught.value)


def test_three_heartbeats_are_enough() -> None:
    given = {"quotas": {"heartbeat_s": 900, "lapse_s": 2700}, "gpus": {"lease_s": 2700}}
    assert load(given, {}).quotas.heartbeat_s == 900


def test_a_wrong_variable_is_named_itself() -> None:
    with pytest.raises(SettingsError, match=r"`spawner\.kind` \(NEOAI_HUB__SPAWNER__KIND\)"):
        load(environ={"NEOAI_HUB__SPAWNER__KIND": "cloud"})


def test_a_file_that_is_named_must_be_there() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml cannot be read"):
        load(environ={"NEOAI_HUB_SETTINGS": "nowhere.toml"})


def made(**given: Any) -> Config:
    c = Config()
    configure(c, {"spawner": {"kind": "local"}, **given})
    return c


def test_accounts_need_approval_long_passwords_and_are_locked_by_default() -> None:
    c = made()
    authenticator = c.NeoAIAuthenticator
    assert authenticator.open_signup is False
    assert authenticator.minimum_password_length == 10
    assert authenticator.check_common_password is True
    assert authenticator.allowed_failed_logins == 5
    assert authenticator.allow_2fa is True
    assert stat.S_IMODE(Path("hub-data").stat().st_mode) == 0o700


def test_an_openid_providers_groups_become_the_hubs() -> None:
    Path("secret").write_text("s3cret\n")
    oidc = {
        "authorize_url": "https://id/auth", "token_url": "https://id/token",
        "userdata_url": "https://id/me", "client_id": "neoai", "client_secret_file": "secret",
        "groups_claim": "roles", "allowed_groups": ["ml"], "admin_groups": ["root"],
    }  # fmt: skip
    c = made(authentication={"kind": "oidc", "oidc": oidc})
    authenticator = c.GenericOAuthenticator
    assert authenticator.client_secret == "s3cret"
    assert authenticator.manage_groups is True
    assert authenticator.auth_state_groups_key == "oauth_user.roles"
    assert authenticator.allow_all is False
    assert authenticator.admin_groups == {"root"}


@pytest.mark.parametrize(
    ("hub", "admins"), [({}, set()), ({"token_days": 9}, set()), ({"admins": ["ann"]}, {"ann"})]
)
def test_a_name_chosen_at_a_provider_makes_an_admin_only_where_it_was_set(
    hub: dict[str, Any], admins: set[str]
) -> None:
    oidc = {
        "authorize_url": "https://id/auth", "token_url": "https://id/token",
        "userdata_url": "https://id/me", "client_id": "neoai",
    }  # fmt: skip
    c = made(hub=hub, authentication={"kind": "oidc", "oidc": oidc})
    assert set(c.Authenticator.get("admin_users", set())) == admins
    assert made().Authenticator.admin_users == {"admin"}


def test_openid_without_its_table_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"`authentication\.oidc`"):
        made(authentication={"kind": "oidc"})


def test_quotas_and_leases_are_the_hubs_own() -> None:
    c = made()
    assert type(c.NeoAISpawner.quotas()).__name__ == "Ledger"
    assert c.NeoAISpawner.quotas() is c.NeoAISpawner.quotas()
    assert type(c.NeoAISpawner.leases()).__name__ == "GpuPool"
    assert c.Spawner.poll_interval == 60


def test_jupyterhubs_file_of_sqlite_is_written_ahead() -> None:
    made()
    with sqlite3.connect("hub-data/jupyterhub.sqlite") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_nobody_else_on_the_machine_reads_the_hubs_files() -> None:
    folder = Path("hub-data")
    folder.mkdir(mode=0o755)
    kept = folder / "jupyterhub.sqlite"
    for mode, wanted in ((None, 0o600), (0o644, 0o640), (0o600, 0o600)):
        if mode is not None:
            kept.chmod(mode)
        made()
        assert kept.stat().st_mode & 0o777 == wanted


def test_starts_stand_in_our_line_and_jupyterhub_refuses_none_of_them() -> None:
    c = made(spawner={"kind": "local", "concurrent_spawns": 7})
    assert c.JupyterHub.concurrent_spawn_limit == 0
    assert c.NeoAISpawner.concurrent_spawns == 7


@pytest.mark.parametrize(
    ("spawner", "said"),
    [
        ({"warm": {"none": 1}}, "there is no profile 'none'"),
        ({"warm": {"gpu": 1}}, "has GPUs"),
        ({"warm": {"small": -1}}, "greater than or equal to 0"),
        ({"kind": "swarm", "warm": {"small": 1}}, "needs `spawner.kind` docker"),
    ],
)
def test_containers_are_kept_ready_only_for_profiles_and_engines_that_can(
    spawner: dict[str, object], said: str
) -> None:
    profiles = [{"name": "small"}, {"name": "gpu", "gpus": 1}]

    with pytest.raises(SettingsError, match=said):
        load({"catalogue": {"profiles": profiles}, "spawner": spawner})


def test_times_of_culling_reach_the_spawners_and_servers_reach_the_hub() -> None:
    Path("neoai_hub.toml").write_text(
        "[culling]\nidle_s = 7200\n[culling.groups.ml]\nidle_s = 0\n[spawner]\nsave_s = 10\n"
    )
    c = Config()
    configure(c, {"spawner": {"kind": "local"}})
    assert c.NeoAISpawner.culling.times_of(["ml"]).idle_s == 0
    assert c.NeoAISpawner.culling.times_of([]).idle_s == 7200
    assert c.NeoAISpawner.save_s == 10
    sessions, (roster, *_) = c.JupyterHub.extra_handlers
    assert (sessions, roster) == (SESSION_ROUTE, r"/api/neoai/roster")


def test_where_no_engine_answers_servers_are_processes_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    c = Config()
    with caplog.at_level("WARNING"):
        configure(c)
    assert c.JupyterHub.spawner_class.__name__ == "NeoAILocalSpawner"
    assert "no Docker engine answers" in caplog.text


def test_a_docker_hub_without_an_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(SettingsError, match="no engine answers"):
        made(spawner={"kind": "docker"})


def test_where_an_engine_answers_servers_are_containers_of_the_hubs_image() -> None:
    require("docker engine")
    c = made(spawner={"kind": "auto", "image": "neoai:never-made"})
    own = c.NeoAIDockerSpawner
    assert (own.image, own.allowed_images) == ("neoai:never-made", ["neoai:never-made"])
    assert c.JupyterHub.hub_ip.count(".") == 3


def test_the_proxy_is_run_by_a_node_that_hears_the_hubs_signals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    own = Path("node_modules/.bin/configurable-http-proxy")
    own.parent.mkdir(parents=True)
    own.touch()
    node, script = made().ConfigurableHTTPProxy.command
    assert Path(node).read_bytes()[:4] == b"\x7fELF"
    assert script == str(own.absolute())


def test_traits_of_the_spawner_can_be_set_and_what_comes_after_wins() -> None:
    c = made(spawner={"kind": "local", "options": {"gpu_wait": 5.0}})
    assert c.NeoAILocalSpawner.gpu_wait == 5.0


def test_what_was_configured_before_stays() -> None:
    c = Config()
    c.JupyterHub.load_roles = [{"name": "mine", "scopes": ["self"]}]
    configure(c, {"spawner": {"kind": "local"}})
    assert next(role["name"] for role in c.JupyterHub.load_roles) == "mine"


def read(path: Path) -> Config:
    loader = PyFileConfigLoader(path.name, str(path.parent))
    config: Config = loader.load_config()
    return config


def test_the_laptops_configuration_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEOAI_HUB__SPAWNER__KIND", "local")
    c = read(ROOT / "hub" / "jupyterhub_config.py")
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "spawner"),
    [("docker_host", "NeoAIDockerSpawner"), ("kubernetes", "NeoAIKubeSpawner")],
)
def test_an_example_is_read_as_it_stands(
    name: str, spawner: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "oidc").write_text("s")
    monkeypatch.setenv("NEOAI_HUB__HUB__DATA_DIR", str(tmp_path / "data"))
    if name == "kubernetes":
        secret = str(tmp_path / "oidc")
        monkeypatch.setenv("NEOAI_HUB__AUTHENTICATION__OIDC__CLIENT_SECRET_FILE", secret)
    else:
        require("docker engine")
    c = read(ROOT / "hub" / "examples" / f"{name}.py")
    assert c.JupyterHub.spawner_class.__name__ == spawner
    assert c.JupyterHub.cleanup_servers is False


def test_the_swarms_example_is_read_with_its_database_and_gpus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEOAI_HUB__HUB__DATA_DIR", str(tmp_path / "data"))
    c = read(ROOT / "hub" / "examples" / "swarm.py")
    assert c.JupyterHub.spawner_class.__name__ == "NeoAISwarmSpawner"
    assert c.NeoAISwarmSpawner.allowed_images == ["registry.example.org/neoai:1"]
    assert c.JupyterHub.db_url.startswith("postgresql+psycopg://")
    assert c.NeoAISpawner.leases().settings.devices[0].node == "gpu-1"


def test_a_wrong_setting_ends_the_hub_with_its_name_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import subprocess

    monkeypatch.setenv("NEOAI_HUB__QUOTAS__HEARTBEAT_S", "-1")
    config = str(ROOT / "hub" / "jupyterhub_config.py")
    command = [sys.executable, "-m", "jupyterhub", "-f", config]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0
    assert "`quotas.heartbeat_s` (NEOAI_HUB__QUOTAS__HEARTBEAT_S)" in run.stderr
    assert "Traceback" not in run.stderr
