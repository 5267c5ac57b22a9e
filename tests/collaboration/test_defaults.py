"""Where a collaborative room keeps its history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    jp_server_config["ServerApp"]["jpserver_extensions"]["jupyter_server_ydoc"] = True
    jp_server_config["ServerApp"]["jpserver_extensions"]["jupyter_server_fileid"] = True
    return jp_server_config


def store_path(serverapp: Any) -> str:
    rooms = serverapp.extension_manager.extension_points["jupyter_server_ydoc"].app
    return str(rooms.ystore_class(path="x", config=rooms.config).db_path)


def test_rooms_are_kept_in_the_data_folder_and_not_where_the_server_was_started(
    jp_serverapp: Any, tmp_path: Path
) -> None:
    assert store_path(jp_serverapp) == str(tmp_path / "neoai-data" / "rooms.db")


class TestConfiguredOtherwise:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        return {**jp_server_config, "SQLiteYStore": {"db_path": "elsewhere.db"}}

    def test_the_users_own_choice_stands(self, jp_serverapp: Any) -> None:
        assert store_path(jp_serverapp) == "elsewhere.db"
