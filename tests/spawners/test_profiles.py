"""Profiles: who is offered which, how groups combine, and what a spawn may not ask for."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub.spawner import SpawnException
from pydantic import ValidationError

from neoai_spawners.form import contents, options_form
from neoai_spawners.profiles import Catalogue, Profile, options_from_form

SMALL = {"name": "small", "title": "Small", "cpus": 0.5, "memory": "1G"}
LARGE = {"name": "large", "cpus": 8, "memory": "32G", "storage": "100G"}
GPU = {"name": "gpu", "cpus": 4, "memory": "16G", "gpus": 1, "gpu_kind": "H100", "groups": ["ml"]}
CATALOGUE = Catalogue.model_validate(
    {
        "profiles": [SMALL, LARGE, GPU],
        "limits": {
            "students": {"cpus": 2, "memory": "4G", "gpus": 0},
            "staff": {"memory": "64G", "storage": "1T"},
            "ml": {"gpus": 2, "cpus": 16},
        },
        "default": {"cpus": 4, "memory": "8G", "gpus": 1, "storage": "50G"},
    }
)


def names(*groups: str) -> list[str]:
    return [profile.name for profile in CATALOGUE.offered(groups)]


def test_who_is_in_no_group_is_offered_what_the_default_allows() -> None:
    assert names() == ["small"]


def test_of_several_groups_the_most_generous_limit_holds_for_each_resource_by_itself() -> None:
    limits = CATALOGUE.limits_of(["students", "staff", "ml"])

    assert (limits.cpus, limits.memory, limits.gpus, limits.storage) == (16, 64 << 30, 2, 1 << 40)


def test_a_resource_that_no_group_names_is_held_to_the_default() -> None:
    assert CATALOGUE.limits_of(["students"]).storage == 50 << 30
    assert CATALOGUE.limits_of(["staff"]).cpus == 4


def test_the_order_in_which_groups_are_named_changes_nothing() -> None:
    assert CATALOGUE.limits_of(["ml", "students"]) == CATALOGUE.limits_of(["students", "ml"])


def test_a_profile_of_a_group_is_offered_to_its_members_whose_limits_allow_it() -> None:
    assert names("ml") == ["small"]
    assert names("ml", "staff") == ["small", "large", "gpu"]
    assert names("staff") == ["small"]


def test_a_spawn_that_names_no_profile_gets_the_first_one_offered() -> None:
    assert CATALOGUE.choose({}, []).name == "small"
    assert CATALOGUE.choose(None, []).name == "small"


@pytest.mark.parametrize(
    "options",
    [
        {"profile": "large"},
        {"profile": "gpu"},
        {"profile": "nobody's"},
        {"profile": ["small"]},
        {"profile": None},
        {"profile": "small", "image": "evil:latest"},
        {"image": "evil:latest"},
        {"volumes": {"/": "/host"}},
        {"environment": {"LD_PRELOAD": "/tmp/x.so"}},
        {"profile": "small", "cpus": 64},
        ["small"],
        "small",
        {"profile": "x" * 100_000},
    ],
)
def test_a_spawn_may_ask_for_a_profile_it_is_offered_and_for_nothing_else(options: Any) -> None:
    with pytest.raises(SpawnException) as refused:
        CATALOGUE.choose(options, ["students"])

    assert refused.value.status_code == 400
    assert refused.value.reason == "options"
    assert len(refused.value.message) < 200


def test_who_may_take_no_profile_is_told_whom_to_ask() -> None:
    nothing = Catalogue.model_validate({"profiles": [{**SMALL, "groups": ["staff"]}]})

    with pytest.raises(SpawnException, match="administrators"):
        nothing.choose({}, ["students"])


def test_the_form_names_one_profile() -> None:
    assert options_from_form({"profile": ["small"], "_xsrf": ["2|x"]}) == {"profile": "small"}
    assert options_from_form({}) == {}


@pytest.mark.parametrize(
    "form",
    [
        {"profile": ["small", "large"]},
        {"profile": []},
        {"profile": ["small"], "image": ["evil"]},
        {"profile_file": [{"filename": "x", "body": b"y"}]},
        {"environment": ["A=b"]},
    ],
)
def test_a_form_with_anything_else_is_refused(form: dict[str, Any]) -> None:
    with pytest.raises(SpawnException) as refused:
        options_from_form(form)

    assert refused.value.status_code == 400


def test_the_form_shows_what_is_offered_and_picks_what_was_taken_last() -> None:
    html = options_form(CATALOGUE.offered(["ml", "staff"]), chosen="large")

    assert html.count('type="radio"') == 3
    assert 'value="large" checked' in html
    assert "1 H100 GPU" in html


def test_no_question_is_asked_where_there_is_no_choice_and_no_news() -> None:
    assert options_form(CATALOGUE.offered([])) == ""
    assert "out of memory" in options_form(CATALOGUE.offered([]), ended="It ran out of memory.")


def test_a_profile_that_is_not_to_be_had_any_more_is_asked_for_anew() -> None:
    one = [Profile(name="small")]
    assert options_form(one, chosen="small") == ""
    assert 'value="small" checked' in options_form(one, chosen="gone")


def test_what_admins_and_servers_wrote_is_text_in_the_form() -> None:
    profile = Profile(name="p", title="<b>", description="<img src=x onerror=alert(1)>")

    html = options_form([profile, Profile(name="q")], ended="<script>")

    assert "<b>" not in html
    assert "<img" not in html
    assert "<script>" not in html


def test_sizes_are_written_as_people_read_them() -> None:
    assert contents(Profile.model_validate({**LARGE, "memory": "1.5G"})) == (
        "8 CPUs · 1.5 GB memory · 100 GB storage"
    )
    assert contents(Profile(name="one", cpus=1, memory=64 << 20)) == "1 CPU · 64 MB memory"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"memory": "lots"}, "512M"),
        ({"memory": "1M"}, "greater than"),
        ({"cpus": 0}, "greater than"),
        ({"gpus": -1}, "greater than"),
        ({"gpu_kind": "H100"}, "takes none"),
        ({"mounts": ["/"]}, "Extra inputs"),
        ({"name": "../up"}, "pattern"),
        ({"environment": {"JUPYTERHUB_API_TOKEN": "mine"}}, "hub sets"),
        ({"environment": {"A B": "x"}}, "pattern"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_when_it_is_read(
    wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        Profile.model_validate({"name": "p", **wrong})


def test_two_profiles_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="same name: small"):
        Catalogue.model_validate({"profiles": [SMALL, SMALL]})


def test_to_clean_up_is_the_smallest_profile_that_is_offered_without_a_gpu() -> None:
    catalogue = Catalogue.model_validate({"profiles": [LARGE, SMALL, {**GPU, "memory": "64M"}]})

    cleaning = catalogue.choose({"profile": "clean-up"}, ["ml"])

    assert (cleaning.name, cleaning.memory, cleaning.gpus) == ("clean-up", 1 << 30, 0)
    assert cleaning.environment == {"NEOAI_DELETE_FOR_GOOD": "1"}
    assert "clean-up" not in [profile.name for profile in catalogue.offered(["ml"])]


def test_where_every_profile_has_a_gpu_the_smallest_cleans_up_without_it() -> None:
    cleaning = Catalogue.model_validate({"profiles": [GPU]}).clean_up(["ml"])

    assert cleaning is not None
    assert (cleaning.gpus, cleaning.gpu_kind) == (0, "")


def test_no_profile_of_an_admin_can_be_called_as_the_hubs_own() -> None:
    with pytest.raises(ValidationError, match="no profile can be called clean-up"):
        Catalogue.model_validate({"profiles": [{"name": "clean-up"}]})
