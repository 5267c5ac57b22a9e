"""Templates of one's own, from a folder or a repository: copier's format, and what a hostile one
cannot do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from neoai_server_ext.projects.service import ProjectService
from neoai_server_ext.projects.templates.service import TemplateService

from .conftest import Answer
from .test_projects import code

Make = Callable[..., Path]
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"


@pytest.fixture
def templates(projects: ProjectService) -> TemplateService:
    """The server's templates."""
    assert projects.templates is not None
    return projects.templates


@pytest.fixture
def template(root: Path) -> Make:
    """Makes a template's folder, `mine`, of its files' contents."""

    def make(config: str, files: dict[str, str | bytes] | None = None) -> Path:
        folder = root / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "copier.yml").write_text(config)
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return make


async def create(call: Any, answers: dict[str, Any] | None = None, **more: Any) -> Answer:
    """Ask for the project `new` from the template in `mine`."""
    where = {"path": "mine"} if "git_url" not in more else {}
    choice = {**where, "answers": answers or {}, **more}
    answer: Answer = await call("POST", "/projects", {"name": "new", "template": choice})
    return answer


async def inspect(call: Any, answers: dict[str, Any] | None = None, **more: Any) -> Any:
    """What the template in `mine` asks, with these answers."""
    where = {"path": "mine"} if "git_url" not in more else {}
    body = {"name": "new", "template": {**where, "answers": answers or {}, **more}}
    answer = await call("POST", "/templates/inspect", body)
    assert answer.code == 200, answer.json
    return answer.json


def by_name(inspected: Any) -> dict[str, Any]:
    """The questions by their names."""
    return {question["name"]: question for question in inspected["questions"]}


def files(root: Path) -> dict[str, str]:
    """The files of the project `new`."""
    new = root / "new"
    found = sorted(path for path in new.rglob("*") if path.is_file())
    return {path.relative_to(new).as_posix(): path.read_text() for path in found}


async def assert_nothing(call: Any, root: Path, before: list[Path]) -> None:
    """No project, and nothing in the folder that was not there."""
    assert (await call("GET", "/projects")).json["items"] == []
    assert sorted(root.iterdir()) == before


# copier's format


async def test_a_template_from_a_folder_is_rendered_with_the_answers(
    call: Any, root: Path, template: Make
) -> None:
    template(
        """
        who: World
        loud:
          type: bool
          default: false
        _subdirectory: "{{ 'loud' if loud else 'quiet' }}"
        _message_after_copy: "Say hello to {{ who }}."
        """,
        {
            "quiet/hello.txt.jinja": "hello {{ who }}\n",
            "loud/{{ who }}/hello.txt.jinja": "HELLO {{ who | upper }}\n",
            "loud/as-it-is.txt": "{{ who }}\n",
            "loud/{% if not loud %}quiet{% endif %}/left-out.txt": "",
            f"loud/{ANSWERS}": "{{ _copier_answers | to_nice_yaml }}",
        },
    )

    answer = await create(call, {"loud": True, "who": "Ann"})

    assert answer.code == 201, answer.json
    assert answer.json["made"] == {"message": "Say hello to Ann.", "open": ""}
    made = files(root)
    assert yaml.safe_load(made.pop(".copier-answers.yml")) == {
        "_src_path": "mine",
        "loud": True,
        "who": "Ann",
    }
    assert made == {"Ann/hello.txt": "HELLO ANN\n", "as-it-is.txt": "{{ who }}\n"}


async def test_questions_have_every_type_and_follow_from_each_other(
    call: Any, template: Make
) -> None:
    template(
        """
        name_length: {type: int, default: 3}
        kind:
          help: What kind?
          choices:
            A library: lib
            A service: {value: app, validator: "{% if name_length > 3 %}Too long.{% endif %}"}
        parts:
          type: str
          multiselect: true
          choices: [docs, tests, ci]
          default: "[tests]"
        port:
          type: int
          default: "{{ 8000 + name_length }}"
          when: "{{ kind == 'app' }}"
          validator: "{% if port < 1024 %}Too low.{% endif %}"
        ratio: {type: float, default: 0.5}
        extra: {type: yaml, default: {a: [1]}}
        token: {type: str, secret: true, default: ""}
        license: {type: str, placeholder: MIT}
        computed: {type: str, default: "{{ kind }}!", when: false}
        """
    )

    asked = by_name(await inspect(call))
    assert asked["kind"]["options"][0] == {"label": "A library", "value": "lib", "disabled": ""}
    assert (asked["kind"]["default"], asked["port"]["active"]) == ("lib", False)
    assert (asked["parts"]["default"], asked["parts"]["multiselect"]) == (["tests"], True)
    assert (asked["ratio"]["default"], asked["extra"]["default"]) == (0.5, {"a": [1]})
    assert (asked["token"]["secret"], asked["extra"]["multiline"]) == (True, True)
    assert (asked["license"]["required"], asked["license"]["placeholder"]) == (True, "MIT")
    assert asked["computed"]["active"] is False

    asked = by_name(await inspect(call, {"kind": "app", "port": 80, "parts": ["ci", "docs"]}))
    assert (asked["port"]["active"], asked["port"]["error"]) == (True, "Too low.")
    assert asked["parts"]["default"] == ["docs", "ci"]
    refused = await create(call, {"kind": "app", "port": 80, "license": ""})
    assert code(refused) == (422, "template-answers")
    assert [(e["loc"], e["msg"]) for e in refused.json["errors"]] == [
        (["answers", "port"], "Too low."),
        (["answers", "license"], "This must be answered."),
    ]


@pytest.mark.parametrize(
    ("question", "given", "problem"),
    [
        ("{type: int, default: 1}", "1.5", "is not a whole number"),
        ("{type: int, default: 1}", True, "not of the type int"),
        ("{type: float, default: 1.0}", "much", "is not a number"),
        ("{type: bool, default: true}", "maybe", "neither yes nor no"),
        ("{type: json, default: {}}", "{", "Expecting property name"),
        ("{type: yaml, default: {}}", "a: [", "cannot be read"),
        ("{type: str, choices: [a, b]}", "c", "none of the choices"),
        ("{type: str, multiselect: true, choices: [a, b]}", ["c"], "none of the choices"),
    ],
)
async def test_an_answer_of_another_type_is_refused_at_its_question(
    call: Any, template: Make, question: str, given: Any, problem: str
) -> None:
    template(f"it: {question}\n")
    assert problem in by_name(await inspect(call, {"it": given}))["it"]["error"]
    assert code(await create(call, {"it": given})) == (422, "template-answers")


async def test_files_are_left_out_included_and_kept_as_copier_does(
    call: Any, root: Path, template: Make
) -> None:
    folder = template(
        """
        who: World
        _exclude: [copier.yml, "*.bak", "/parts", "!keep.bak", "[[ who ]].txt"]
        _templates_suffix: .tmpl
        _envops: {variable_start_string: "[[", variable_end_string: "]]"}
        """,
        {
            "a.txt.tmpl": "{% include 'parts/greeting' %} {{ kept }} [[ who ]]",
            "a.txt": "the plain one gives way",
            "parts/greeting": "Hello",
            "gone.bak": "",
            "sub/keep.bak": "kept",
            "World.txt": "",
            "picture.png": b"\x89PNG\xff\xfe",
        },
    )
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)

    assert (await create(call)).code == 201
    (root / "new/picture.png").unlink()
    assert files(root) == {
        "a.txt": "Hello {{ kept }} World",
        "run.sh": "#!/bin/sh\n",
        "sub/keep.bak": "kept",
    }
    assert os.access(root / "new/run.sh", os.X_OK)


async def test_a_configuration_may_be_put_together_from_several_files(
    call: Any, template: Make
) -> None:
    template("!include parts/*.yml\n---\nmine: 1\n", {"parts/a.yml": "theirs: 2\n"})
    assert list(by_name(await inspect(call))) == ["theirs", "mine"]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("a: [", "cannot be read"),
        ("- a\n", "no table of questions"),
        ("_min_copier_version: '10'\n", "wants copier 10"),
        ("_subdirectory: nowhere\n", "no folder `nowhere`"),
        ("_subdirectory: ../..\n", "outside of the template"),
        ("!include ../../*.yml\n", "outside of the template"),
        ("_envops: {loader: x}\n", "`_envops`"),
        ("a: {type: frog, default: 1}\n", "no type `frog`"),
        ("a: !!python/object/apply:os.system ['touch /tmp/x']\n", "cannot be read"),
    ],
)
async def test_what_is_wrong_with_a_template_is_said(
    call: Any, root: Path, template: Make, config: str, problem: str
) -> None:
    template(config)
    before = sorted(root.iterdir())
    answer = await create(call)
    assert answer.code == 422
    assert problem in answer.json["detail"]
    await assert_nothing(call, root, before)


async def test_a_folder_that_is_no_template_is_told_from_one_of_cookiecutters(
    call: Any, root: Path
) -> None:
    (root / "mine").mkdir()
    assert code(await create(call)) == (422, "no-copier-yml")
    (root / "mine/cookiecutter.json").write_text("{}")
    assert code(await create(call)) == (422, "cookiecutter")
    choice = {"path": "../elsewhere"}
    refused = await call("POST", "/projects", {"name": "new", "template": choice})
    assert refused.code in (404, 422)


# What a template would run


async def test_commands_run_only_in_a_template_that_is_trusted(
    call: Any, root: Path, template: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_TOKEN", "secret-of-the-server")
    mark = tmp_path / "it-ran"
    template(
        f"""
        who: World
        _tasks:
          - "env > {mark}"
          - [git, init, --quiet]
          - {{command: "echo {{{{ who }}}} > said.txt", when: "{{{{ who == 'Ann' }}}}"}}
        """,
        {"a.txt": ""},
    )
    before = sorted(root.iterdir())
    runs = [
        {"kind": "task", "command": f"env > {mark}"},
        {"kind": "task", "command": "git init --quiet"},
        {"kind": "task", "command": "echo Ann > said.txt"},
    ]

    seen = await inspect(call, {"who": "Ann"})
    assert (seen["runs"], seen["ready"]) == (runs, True)
    refused = await create(call, {"who": "Ann"})
    assert code(refused) == (409, "untrusted")
    assert refused.json["runs"] == runs
    await assert_nothing(call, root, before)
    assert not mark.exists()

    made = await create(call, {"who": "Ann"}, trusted=True, revision=seen["revision"])
    assert made.code == 201, made.json
    assert made.json["trusted"] is False
    assert "secret-of-the-server" not in mark.read_text()
    assert (root / "new/.git").is_dir()
    assert (root / "new/said.txt").read_text() == "Ann\n"


async def test_code_is_loaded_only_from_a_template_that_is_trusted(
    call: Any, root: Path, template: Make, tmp_path: Path
) -> None:
    mark = tmp_path / "it-ran"
    template(
        """
        slug: "{{ 'My Name' | slugify }}"
        _jinja_extensions:
          - copier_template_extensions.TemplateExtensionLoader
          - extensions.py:Slugify
        """,
        {
            "extensions.py": f"""
import pathlib
from jinja2.ext import Extension
pathlib.Path({str(mark)!r}).write_text("ran")
print("this is not the answer")

class Slugify(Extension):
    def __init__(self, environment):
        super().__init__(environment)
        environment.filters["slugify"] = lambda text: text.lower().replace(" ", "-")
""",
            "a.txt.jinja": "{{ slug }}",
        },
    )

    seen = await inspect(call)
    assert (seen["ready"], seen["questions"]) == (False, [])
    assert {"kind": "extension", "command": "extensions.py:Slugify"} in seen["runs"]
    assert code(await create(call)) == (409, "untrusted")
    assert not mark.exists()

    assert by_name(await inspect(call, trusted=True))["slug"]["default"] == "my-name"
    assert (await create(call, trusted=True)).code == 201
    assert files(root)["a.txt"] == "my-name"


async def test_what_changed_after_it_was_looked_at_is_not_trusted(
    call: Any, root: Path, template: Make
) -> None:
    template("_tasks: [echo harmless]\n")
    seen = await inspect(call)
    template("_tasks: [touch harmful]\n")
    before = sorted(root.iterdir())
    refused = await create(call, trusted=True, revision=seen["revision"])
    assert code(refused) == (409, "template-changed")
    await assert_nothing(call, root, before)


async def test_a_command_that_fails_or_never_ends_leaves_nothing(
    call: Any, root: Path, template: Make, templates: TemplateService
) -> None:
    template("_tasks: ['touch made; echo no luck >&2; exit 3']\n", {"a.txt": ""})
    before = sorted(root.iterdir())
    failed = await create(call, trusted=True)
    assert code(failed) == (422, "task-failed")
    assert "no luck" in failed.json["detail"]
    await assert_nothing(call, root, before)

    template("_tasks: ['sleep 1000 & sleep 1000']\n")
    templates.task_timeout_s = 0.5
    assert code(await create(call, trusted=True)) == (504, "template-timeout")
    await assert_nothing(call, root, before)


async def test_a_project_that_is_being_made_tells_how_it_goes_and_is_cancelled(
    call: Any, root: Path, template: Make
) -> None:
    template("_tasks: ['echo begun; sleep 1000']\n", {"a.txt": ""})
    before = sorted(root.iterdir())
    body = {"name": "new", "template": {"path": "mine", "trusted": True}}
    answer = await call("POST", "/projects", body, headers={"Prefer": "respond-async"})
    assert (answer.code, answer.json["state"]) == (202, "cloning")

    cancelled = await call("POST", f"/projects/{answer.json['id']}/cancel")
    assert cancelled.code == 204
    await assert_nothing(call, root, before)


# What a hostile template cannot do

ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self._TemplateReference__context.parent }}",
    "{{ ''['__cl' ~ 'ass__']['__mro__'] }}",
    "{{ ['a'] | map(attribute='__class__.__mro__') | list }}",
    "{{ '{0.__class__.__mro__}'.format('') }}",
    "{{ (1 | attr('__class__')).__mro__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../../../etc/passwd' %}",
    "{% import 'os' as os %}",
]


@pytest.mark.parametrize("escape", ESCAPES)
async def test_nothing_gets_out_of_the_sandbox(
    call: Any, root: Path, template: Make, escape: str
) -> None:
    template("", {"a.txt.jinja": f"[{escape}]"})
    before = sorted(root.iterdir())
    answer = await create(call)
    if answer.code == 201:  # Jinja's sandbox gives nothing instead of an error
        assert files(root)["a.txt"] in ("[]", "[[Undefined]]", "[None]")
    else:
        assert answer.code == 422
        await assert_nothing(call, root, before)


GREEDY = {
    "memory": "{{ 'a' * 10**10 }}",
    "output": "{% for i in range(2000) %}{{ 'a' * 10**6 }}{% endfor %}",
    "range": "{{ range(10**9) | list }}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "include": "{% include 'a.txt.jinja' %}",
}


@pytest.mark.parametrize("what", list(GREEDY))
async def test_what_takes_too_much_is_ended(
    call: Any, root: Path, template: Make, what: str
) -> None:
    template("", {"a.txt.jinja": GREEDY[what]})
    before = sorted(root.iterdir())
    answer = await create(call)
    assert answer.code in (413, 422), answer.json
    await assert_nothing(call, root, before)


@pytest.mark.parametrize(
    "loop",
    [
        "{% for a in range(99999) %}" * 4 + "{% endfor %}" * 4,
        "{{ 7 ** (10 ** 8) }}",
        "{{ ('a' * 40 ~ 'c') | regex_search('^(a+)+$') }}",
    ],
)
async def test_a_template_without_end_is_ended_and_leaves_nothing(
    call: Any, root: Path, template: Make, templates: TemplateService, loop: str
) -> None:
    template("", {"a.txt.jinja": loop})
    templates.timeout_s = 2.0
    before = sorted(root.iterdir())
    assert code(await create(call)) == (504, "template-timeout")
    await assert_nothing(call, root, before)


@pytest.mark.parametrize(
    "name",
    [
        "{{ '..' }}",
        "{{ '..' ~ _copier_conf.sep ~ 'out.txt' }}",
        "{{ _copier_conf.sep ~ 'tmp' }}",
        "{{ 'a\\x01b' }}",
        "{{ '.git' }}",
        "{{ 'a' * 300 }}",
    ],
)
async def test_names_that_are_none_in_the_project_are_refused(
    call: Any, root: Path, template: Make, name: str
) -> None:
    template("", {name: "out"})
    before = sorted(root.iterdir())
    answer = await create(call)
    assert answer.code == 422, answer.json
    assert "would not lie in the project" in answer.json["detail"]
    await assert_nothing(call, root, before)


async def test_links_out_of_the_template_are_refused(
    call: Any, root: Path, template: Make, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for config in ("", "_preserve_symlinks: true\n"):
        folder = template(config)
        link = folder / "a.txt"
        link.unlink(missing_ok=True)
        link.symlink_to(secret)
        before = sorted(root.iterdir())
        answer = await create(call)
        assert answer.code == 422
        assert "leads out of the template" in answer.json["detail"]
        await assert_nothing(call, root, before)


async def test_a_name_that_is_not_utf8_is_refused_by_its_name(
    call: Any, root: Path, template: Make
) -> None:
    folder = template("")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).touch()
    answer = await create(call)
    assert answer.code == 422
    assert "not UTF-8" in answer.json["detail"]


async def test_a_folder_that_is_too_large_is_no_template(
    call: Any, template: Make, templates: TemplateService
) -> None:
    template("", {f"{i}.txt": "" for i in range(20)})
    templates.max_files = 10
    assert code(await create(call)) == (413, "template-too-large")


# Repositories


def git(folder: Path, *arguments: str) -> None:
    """Run git there."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, tag: str | None = None) -> None:
    """Commit everything."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    if tag:
        git(folder, "tag", tag)


async def test_a_repository_is_a_template_at_its_latest_version_or_any_other(
    call: Any, root: Path, template: Make
) -> None:
    folder = template("", {"a.txt": "1"})
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "v1.9.0")
    template("", {"a.txt": "2"})
    commit(folder, "v1.10.0")
    template("", {"a.txt": "3"})
    commit(folder, "v2.0.0rc1")
    template("", {"a.txt": "4", ANSWERS: "{{ _copier_answers._commit }}"})
    commit(folder)

    for ref, expected in [(None, "2"), ("v1.9.0", "1"), ("main", "4")]:
        name = f"at-{ref}"
        choice = {"git_url": "mine", **({"ref": ref} if ref else {})}
        answer = await call("POST", "/projects", {"name": name, "template": choice})
        assert answer.code == 201, answer.json
        assert answer.json["git_url"] is None
        assert (root / name / "a.txt").read_text() == expected
        assert not (root / name / ".git").exists()
    assert (root / "at-main/.copier-answers.yml").read_text().startswith("v2.0.0rc1-1-g")
    refused = await create(call, git_url="mine", ref="nowhere")
    assert code(refused) == (422, "no-ref")
    assert code(await create(call, git_url="ext::sh -c id")) == (422, "git-url")


async def test_what_was_looked_at_in_a_repository_is_what_is_used(
    call: Any, root: Path, template: Make
) -> None:
    folder = template("_tasks: [echo harmless > told.txt]\n")
    git(folder, "init", "-q")
    commit(folder, "1.0")
    hook = folder / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    seen = await inspect(call, git_url="mine")
    assert seen["ref"] == "1.0"
    template("_tasks: [touch harmful]\n")
    commit(folder, "2.0")

    made = await create(call, git_url="mine", trusted=True, revision=seen["revision"])
    assert made.code == 201, made.json
    assert files(root) == {"told.txt": "harmless\n"}


# The list


async def test_ones_own_templates_stand_on_the_list_until_they_are_taken_off(
    call: Any, root: Path, template: Make
) -> None:
    template("_neoai: {name: Mine, description: What I begin with.}\nwho: World\n")
    added = await call("POST", "/templates", {"path": "mine"})
    assert added.code == 201
    told = [added.json[key] for key in ("name", "source", "path")]
    assert told == ["Mine", "folder", "mine"]

    listed = {item["id"]: item for item in (await call("GET", "/templates")).json["items"]}
    assert listed[added.json["id"]] == added.json
    made = await call("POST", "/projects", {"name": "new", "template": added.json["id"]})
    assert made.code == 201

    assert (await call("DELETE", f"/templates/{added.json['id']}")).code == 204
    assert (await call("DELETE", f"/templates/{added.json['id']}")).code == 404
    assert (await call("DELETE", "/templates/python-package")).code == 409
    assert (await call("POST", "/templates", {"path": "new"})).code == 422


async def test_a_password_in_an_address_is_kept_nowhere(
    call: Any, templates: TemplateService, tmp_path: Path
) -> None:
    url = "http://someone:hunter2secret@127.0.0.1:1/a.git"
    for method, path, body in [
        ("POST", "/templates", {"git_url": url}),
        ("POST", "/projects", {"name": "new", "template": {"git_url": url}}),
    ]:
        answer = await call(method, path, body)
        assert answer.code == 502
        assert "hunter2secret" not in answer.body.decode()


async def test_the_administrators_templates_are_everybodys_and_may_be_trusted_for_them(
    call: Any, root: Path, templates: TemplateService, tmp_path: Path
) -> None:
    course = tmp_path / "course"
    course.mkdir()
    (course / "copier.yml").write_text("_tasks: [echo yes > told.txt]\n")
    templates.templates = [
        {"name": "Course 1", "description": "Week one", "path": str(course), "trusted": True},
        {"name": "no place"},
    ]
    items = (await call("GET", "/templates")).json["items"]
    assert [item["name"] for item in items if item["source"] == "admin"] == ["Course 1"]

    choice = {"id": "admin-course-1"}
    seen = await call("POST", "/templates/inspect", {"template": choice})
    assert seen.json["runs"] == []
    made = await call("POST", "/projects", {"name": "new", "template": choice})
    assert made.code == 201, made.json
    assert files(root) == {"told.txt": "yes\n"}
