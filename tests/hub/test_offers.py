"""What the page of profiles says agrees with what is offered, and tells no secrets."""

from __future__ import annotations

from itertools import combinations

from neoai_hub.admin.offers import holdings, named_groups, offers, shown
from neoai_spawners.profiles import Catalogue, Profile

CATALOGUE = Catalogue.model_validate(
    {
        "profiles": [
            {"name": "small", "cpus": 1, "memory": "2G", "storage": "10G"},
            {"name": "large", "cpus": 8, "memory": "32G", "groups": ["staff", "ml"]},
            {"name": "gpu", "cpus": 4, "memory": "8G", "gpus": 1, "groups": ["ml"]},
        ],
        "limits": {
            "students": {"cpus": 2, "memory": "4G"},
            "staff": {"cpus": 16, "memory": "64G"},
            "ml": {"gpus": 2, "memory": "16G"},
        },
        "default": {"cpus": 4, "gpus": 0},
    }
)


def test_what_is_said_to_be_offered_is_offered_to_every_set_of_groups() -> None:
    groups = named_groups(CATALOGUE)
    assert groups == ["ml", "staff", "students"]
    for size in range(len(groups) + 1):
        for some in combinations([*groups, "other"], size):
            said = [each.profile for each in offers(CATALOGUE, some) if not each.against]
            assert said == list(CATALOGUE.offered(some)), some


def test_every_reason_against_a_profile_is_given() -> None:
    (_, large, gpu) = offers(CATALOGUE, ["students"])
    assert large.against == (
        "only for members of staff or ml",
        "CPU cores: takes 8 cores, the limit is 2 cores",
        "Memory: takes 32 GiB, the limit is 4 GiB",
    )
    assert gpu.against[0] == "only for members of ml"
    assert "GPUs: takes 1 GPU, the limit is 0 GPUs" in gpu.against


def test_of_each_limit_it_is_said_whose_it_is() -> None:
    found = {each.label: (each.most, each.said_by) for each in holdings(CATALOGUE, ["ml", "staff"])}
    assert found == {
        "CPU cores": ("16 cores", "the group staff"),
        "Memory": ("64 GiB", "the group staff, the most generous (ml says 16 GiB)"),
        "GPUs": ("2 GPUs", "the group ml"),
        "Storage": ("not limited", "nobody"),
    }
    nobody = {each.label: each.said_by for each in holdings(CATALOGUE, [])}
    assert nobody["CPU cores"] == "the default"
    assert nobody["Memory"] == "nobody"


def test_what_may_be_a_secret_is_hidden() -> None:
    secrets = {
        "OPENAI_API_KEY": "abc",
        "HF_TOKEN": "x",
        "DATABASE": "postgresql://ann:word@db/x",
        "PROXY": "http://user@proxy:3128",
        "OPAQUE": "deadbeef" * 4,
        "DB_PASSWORD": "",
    }
    plain = {"HF_HOME": "/home/jovyan/.cache/hf", "LANG": "C.UTF-8", "URL": "https://pypi.org/x"}
    profile = Profile(name="p", environment={**secrets, **plain})
    assert dict(shown(profile)) == {**dict.fromkeys(secrets, "hidden"), **plain}
