"""The checks of code that a model wrote."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from neoai_server_ext.ai.checks import Check, CodeBlock, check, check_reply, code_blocks

GOOD = {
    "python": "def boil(pot):\n    return pot.heat(100)\n",
    "javascript": "const boil = pot => <Pot heat={100} />;\n",
    "typescript": "const heat: number = 100;\n",
    "tsx": "const boil = (pot: Pot) => <b>{pot.heat}</b>;\n",
    "json": '{"heat": 100}\n',
    "bash": "for pot in *; do echo $pot; done\n",
    "go": "package main\n\nfunc main() {}\n",
    "rust": "fn main() { let heat = 100; }\n",
    "java": "class Pot { int heat = 100; }\n",
}
BROKEN = {
    "python": "def boil(pot):\n    return pot.heat(100\nprint(2)\n",
    "javascript": "const boil = pot => {\n",
    "typescript": "const heat: number = ;\n",
    "tsx": "const boil = <b>;\n",
    "json": '{"heat": 100,,}\n',
    "bash": "for pot in *; do echo $pot;\n",
    "go": "package main\n\nfunc main( {}\n",
    "rust": "fn main() { let = 100; }\n",
    "java": "class Pot { int heat = ; }\n",
}
TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize("language", GOOD)
async def test_code_that_can_be_read_has_no_findings(language: str) -> None:
    assert await check(GOOD[language], language) == []


@pytest.mark.parametrize("language", BROKEN)
async def test_code_that_cannot_be_read_is_an_error_with_its_line(language: str) -> None:
    findings = await check(BROKEN[language], language)
    assert {(found.kind, found.severity) for found in findings} == {("syntax", "error")}
    assert 1 <= (findings[0].line or 0) <= BROKEN[language].count("\n") + 1


@pytest.mark.parametrize(("alias", "code"), [("py", "x = = 1"), ("TS", "let = ;"), ("sh", "if")])
async def test_languages_go_by_their_short_names_too(alias: str, code: str) -> None:
    assert [found.kind for found in await check(code, alias)] == ["syntax"]


async def test_ipythons_own_lines_are_no_errors() -> None:
    cell = "%matplotlib inline\n!pip install pots\nif True:\n    %time boil()\n"
    assert await check(cell, "python") == []
    assert await check("%%bash\nfor x in 1; do echo; done\n", "python") == []


async def test_a_method_that_is_shown_alone_is_no_error() -> None:
    assert await check("    def boil(self):\n        return 1\n", "python") == []


async def test_a_secret_is_found_in_any_language() -> None:
    for language in ("python", "cobol", ""):
        findings = await check(f"x = 1\ny = '{TOKEN}'\n", language)
        assert [(found.kind, found.line) for found in findings] == [("secret", 2)]
        assert TOKEN not in findings[0].message


async def test_a_risky_call_is_found_even_where_the_code_says_noqa() -> None:
    code = "import subprocess\n\nsubprocess.run(name, shell=True)  # noqa\nassert name\n"
    findings = await check(code, "python")
    assert findings[-1].line == 3
    assert {(found.kind, found.severity) for found in findings} == {("risk", "warning")}
    assert any("shell" in found.message for found in findings)


async def test_a_reply_is_checked_by_its_blocks_with_the_lines_of_the_reply() -> None:
    reply = "Do this:\n\n```json\n{}\n```\n\nthen\n\n```python\nx = 1\ny = = 2\n```\n"
    assert [(found.kind, found.line) for found in await check_reply(reply)] == [("syntax", 11)]


def test_code_blocks_are_those_that_markdown_has() -> None:
    text = "```python title=x\na\n```\n~~~~\n```\n~~~\n~~~~\n  ``` js\n    b\n  ```\n```\nopen\n"
    assert code_blocks(text) == [
        CodeBlock("python", "a\n", 2),
        CodeBlock("", "```\n~~~\n", 5),
        CodeBlock("js", "  b\n", 9),
        CodeBlock("", "open\n", 12),
    ]


async def test_what_is_too_long_or_takes_too_long_is_said_not_to_be_checked() -> None:
    (found,) = await check("x" * 200_001, "python")
    assert found == Check("syntax", "info", found.message)
    assert "not checked" in found.message


async def test_the_loop_goes_on_while_hopeless_code_is_read() -> None:
    chosen = random.Random(1)
    rubbish = "".join(chosen.choice("(){}[]a1 =\n,;'\"") for _ in range(200_000))
    checking = asyncio.create_task(check(rubbish, "javascript"))
    longest, last = 0.0, time.perf_counter()
    while not checking.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert checking.result()
    assert longest < 0.2
