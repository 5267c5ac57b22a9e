"""Courses: what teachers see and may change, and users imported from tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import require
from tests.fakes.hub import Hub, free_port

from .test_admin import CONFIG, SERVICE, Site

COURSE = "/courses/course?course=ml"
OPENERS = """
c.Authenticator.username_map = {"robert": "bob"}
c.JupyterHub.load_roles += [
    {"name": "opens-art", "users": ["dean"], "scopes": ["access:servers!group=art"]},
    {"name": "opens-ml", "groups": ["opens"], "scopes": ["access:servers!group=ml"]},
]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require("hub's proxy")
    folder: Path = tmp_path_factory.mktemp("courses")
    groups = {"ml": ["ann", "zoe"], "art": ["bob"], "opens": []}
    hub = Hub(folder, CONFIG.format(port=free_port()) + OPENERS, groups=groups)
    try:
        hub.start()
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        hub.add("prof", "dean")
        made = Site(hub)
        made.tokens |= {name: made.token(name) for name in ("prof", "dean")}
        for name, teacher in (("ml", "prof"), ("art", "dean")):
            assert made.ask("POST", "/courses", "root", data={"name": name}).status_code == 200
            chosen = made.ask(
                "POST", f"/courses/teachers?course={name}", "root", data={"teachers": teacher}
            )
            assert chosen.headers["hx-redirect"] == f"{SERVICE}/courses/course?course={name}"
        yield made
    finally:
        hub.stop()


def entries(site: Site, action: str) -> list[tuple[str, str]]:
    items = site.ask("GET", f"/v1/audit?action={action}", "root").json()["items"]
    return [(item["actor"], item["subject"]) for item in items]


def members(site: Site, group: str = "ml") -> list[str]:
    names: list[str] = site.hub.http.get(f"/groups/{group}").json()["users"]
    return sorted(names)


def test_a_teacher_sees_the_own_course_and_nothing_else(site: Site) -> None:
    listed = site.ask("GET", "/courses", "prof").text
    assert "course=ml" in listed
    assert "course=art" not in listed
    page = site.ask("GET", COURSE, "prof").text
    assert "zoe" in page
    assert "Audit log" not in page
    for path in ("/courses/course?course=art", "/courses/limits?course=art"):
        assert site.ask("GET", path, "prof").status_code == 404
    for path in ("/courses/ceiling?course=ml", "/admin/users", "/admin/import"):
        assert site.ask("GET", path, "prof").status_code == 403
    assert site.ask("GET", "/courses", "ann").status_code == 403
    assert site.ask("GET", COURSE, "ann").status_code == 404


def test_a_teacher_adds_users_that_there_are_and_removes_members(site: Site) -> None:
    where = "/courses/members?course=ml"
    unknown = site.ask("POST", where, "prof", data={"names": "bob nobody"})
    assert unknown.status_code == 409
    assert "nobody: there is no such user" in unknown.json()["detail"]
    assert members(site) == ["ann", "zoe"]
    assert site.ask("POST", where, "prof", data={"names": "BOB, ann"}).status_code == 200
    assert members(site) == ["ann", "bob", "zoe"]
    assert entries(site, "member.added") == [("prof", "user:bob")]
    assert "bob" in site.ask("GET", COURSE, "prof").text
    away = "/courses/members/remove?course=ml&user=bob"
    assert site.ask("POST", away, "prof").status_code == 200
    assert site.ask("POST", away, "prof").status_code == 404
    assert members(site) == ["ann", "zoe"]
    assert members(site, "art") == ["bob"]
    assert entries(site, "member.removed") == [("prof", "user:bob")]
    elsewhere = "/courses/members/remove?course=art&user=bob"
    assert site.ask("POST", elsewhere, "prof").status_code == 404


def test_a_teacher_sets_limits_below_the_ceiling_only(site: Site) -> None:
    def current() -> dict[tuple[str, bool], object]:
        quotas = site.ask("GET", "/v1/quotas/group/ml", "root").json()["quotas"]
        return {(quota["kind"], quota["shared"]): quota["limit"] for quota in quotas}

    body = {"quotas": [{"kind": "servers", "limit": 9}, {"kind": "cpu", "limit": 4}]}
    site.ask("PUT", "/v1/quotas/group/ml", "root", json=body).raise_for_status()
    where = "/courses/limits?course=ml"
    assert "set no ceiling" in site.ask("GET", where, "prof").text
    none = site.ask("POST", where, "prof", data={"servers.each.limit": "1"})
    assert "no ceiling" in none.text
    fields = {"servers.each.limit": "3", "gpu-hours.shared.limit": "40"}
    windows = {"gpu-hours.shared.window": "week"}
    ceiling = "/courses/ceiling?course=ml"
    assert "a window is needed" in site.ask("POST", ceiling, "root", data=fields).text
    assert site.ask("POST", ceiling, "prof", data={**fields, **windows}).status_code == 403
    site.ask("POST", ceiling, "root", data={**fields, **windows}).raise_for_status()
    assert current() == {("cpu", False): 4, ("gpu-hours", True): 40, ("servers", False): 3}

    for wrong, why in (
        ({"servers.each.limit": "4"}, "above what the course may give"),
        ({"servers.each.limit": "none"}, "above what the course may give"),
        ({"servers.each.limit": ""}, "a limit is needed"),
        ({"servers.each.limit": "-1"}, "neither a number"),
        ({"servers.each.limit": "nan"}, "neither a number"),
    ):
        assert why in site.ask("POST", where, "prof", data={**fields, **wrong}).text
    chosen = {"servers.each.limit": "2", "gpu-hours.shared.limit": "0", "cpu.each.limit": "99"}
    site.ask("POST", where, "prof", data=chosen).raise_for_status()
    assert current() == {("cpu", False): 4, ("gpu-hours", True): 0, ("servers", False): 2}
    assert entries(site, "quotas.set")[0] == ("prof", "group:ml")
    assert entries(site, "course.ceiling")[0] == ("root", "group:ml")


def test_a_teacher_stops_servers_of_members_only(site: Site) -> None:
    site.hub.ready("zoe")
    site.hub.ready("bob")
    assert site.ask("POST", "/courses/stop?course=ml&user=bob", "prof").status_code == 404
    assert site.ask("POST", "/courses/stop?course=ml&user=zoe", "dean").status_code == 404
    assert site.ask("POST", "/courses/stop?course=ml&user=zoe", "prof").status_code == 200
    site.hub.gone("zoe")
    assert site.hub.server("bob") is not None
    assert entries(site, "server.stopped")[0] == ("prof", "server:zoe/")
    site.hub.end("bob")


def test_a_teacher_starts_a_members_server_and_opens_it_where_the_hub_lets_her(site: Site) -> None:
    for who, where in (("prof", "course=ml&user=bob"), ("dean", "course=ml&user=zoe")):
        assert site.ask("POST", f"/courses/start?{where}", who).status_code == 404
    assert site.ask("POST", "/courses/start?course=art&user=bob", "dean").status_code == 200
    site.hub.until(lambda: (site.hub.server("bob") or {}).get("ready"), "it is ready", 60)
    assert ("dean", "server:bob/") in entries(site, "server.started")
    again = site.ask("POST", "/courses/start?course=art&user=bob", "dean")
    assert (again.status_code, "already running" in again.json()["detail"]) == (409, True)
    page = "/courses/course?course=art"
    site.hub.until(
        lambda: 'href="/user/bob/"' in site.ask("GET", page, "dean").text, "it can be opened"
    )
    site.hub.ready("ann")
    assert 'href="/user/ann/"' not in site.ask("GET", COURSE, "prof").text
    site.hub.end("ann")
    site.hub.end("bob")


def test_a_teacher_has_no_say_about_admins_teachers_and_herself(site: Site) -> None:
    kept = "only administrators add and remove teachers and administrators"
    where = "/courses/members?course=ml"
    for name in ("root", "prof", "PROF"):
        told = site.ask("POST", where, "prof", data={"names": f"bob {name}"})
        assert (told.status_code, kept in told.json()["detail"]) == (409, True)
    assert members(site) == ["ann", "zoe"]
    site.ask("POST", where, "root", data={"names": "root prof"}).raise_for_status()
    for name in ("root", "prof"):
        away = f"/courses/members/remove?course=ml&user={name}"
        assert kept in site.ask("POST", away, "prof").json()["detail"]
    for what in ("start", "stop"):
        refused = site.ask("POST", f"/courses/{what}?course=ml&user=root", "prof")
        assert refused.status_code == 403
    own = {"quotas": [{"kind": "servers", "limit": 99}]}
    for path in ("user/prof", "user/ann", "group/ml", "group/art", "default/default"):
        assert site.ask("PUT", f"/v1/quotas/{path}", "prof", json=own).status_code == 403
    for name in ("root", "prof"):
        site.ask(
            "POST", f"/courses/members/remove?course=ml&user={name}", "root"
        ).raise_for_status()
    assert members(site) == ["ann", "zoe"]


def test_a_course_is_its_group_to_the_letter(site: Site) -> None:
    site.ask("POST", "/courses", "root", data={"name": "ML"}).raise_for_status()
    site.ask("POST", "/courses/teachers?course=ML", "root", data={"teachers": "dean"})
    assert members(site, "ML") == []
    for course in ("ml", " ml", "ml ", "Ml", "\uff4d\uff4c"):
        params = {"course": course}
        assert site.ask("GET", "/courses/course", "dean", params=params).status_code == 404
        params["user"] = "ann"
        for what in ("members/remove", "stop", "start"):
            tried = site.ask("POST", f"/courses/{what}", "dean", params=params)
            assert tried.status_code == 404
    assert members(site) == ["ann", "zoe"]
    site.ask("POST", "/courses/end?course=ML", "root").raise_for_status()


def test_a_group_with_roles_is_no_way_to_them(site: Site) -> None:
    site.ask("POST", "/courses", "root", data={"name": "opens"}).raise_for_status()
    site.ask("POST", "/courses/teachers?course=opens", "root", data={"teachers": "prof"})
    tried = site.ask("POST", "/courses/members?course=opens", "prof", data={"names": "bob"})
    assert "has roles of JupyterHub's" in tried.json()["detail"]
    assert members(site, "opens") == []


def test_a_member_page_shows_the_courses_quotas_alone(site: Site) -> None:
    quota = {"quotas": [{"kind": "servers", "limit": 7}]}
    site.ask("PUT", "/v1/quotas/group/art", "root", json=quota).raise_for_status()
    page = site.ask("GET", "/courses/member?course=art&user=bob", "dean").text
    assert "7 servers" in page
    assert site.ask("GET", "/courses/member?course=art&user=ann", "dean").status_code == 404
    own = {"quotas": [{"kind": "servers", "limit": 3}]}
    site.ask("PUT", "/v1/quotas/user/bob", "root", json=own).raise_for_status()
    page = site.ask("GET", "/courses/member?course=art&user=bob", "dean").text
    assert "an own quota goes before" in page
    assert "3 servers" not in page
    site.ask("PUT", "/v1/quotas/user/bob", "root", json={"quotas": []}).raise_for_status()


def test_a_course_that_ends_leaves_its_group(site: Site) -> None:
    site.ask("POST", "/courses", "root", data={"name": "brief"}).raise_for_status()
    assert site.ask("POST", "/courses", "root", data={"name": "brief"}).status_code == 409
    site.ask("POST", "/courses/teachers?course=brief", "root", data={"teachers": "prof"})
    lacking = site.ask("POST", "/courses/teachers?course=brief", "root", data={"teachers": "who"})
    assert lacking.status_code == 422
    assert site.ask("POST", "/courses/end?course=brief", "prof").status_code == 403
    site.ask("POST", "/courses/end?course=brief", "root").raise_for_status()
    assert site.ask("GET", "/courses/course?course=brief", "root").status_code == 404
    assert members(site, "brief") == []
    for bad in ("", "a/b", "x" * 256):
        assert site.ask("POST", "/courses", "root", data={"name": bad}).status_code == 422
