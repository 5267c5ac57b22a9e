"""Next edits with what a language server told of the name before it was edited."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from neoai_server_ext.ai.nextedit.edits import Told, change
from neoai_server_ext.ai.nextedit.finding import find
from neoai_server_ext.ai.nextedit.places import Look
from neoai_server_ext.ai.nextedit.source import Source
from neoai_server_ext.grammars import language_of

from .test_nextedit import Texts

PUMPS = """\
class Pump:
    def start(self):
        return 1


class Clock:
    def start(self):
        return 2


Pump().start()
Clock().start()
"""
AFTER = PUMPS.replace("start", "prime", 1)
USER = "import pumps\n\n# start it\nfirst = pumps.Pump()\nfirst.start()\npumps.Clock().start()\n"


def offered(
    told: Told,
    others: Mapping[str, str],
    before: str = PUMPS,
    after: str = AFTER,
    path: str = "pumps.py",
) -> list[tuple[str, int, bool]]:
    """Each place's file and line, and whether it is doubtful."""
    made = change(path, Source(before, language_of(path)), Source(after, language_of(path)))
    made.told = [told]
    texts = {**others, path: after}
    found = find([made], Look(Texts(others), 10))
    return [(p.path, texts[p.path].count("\n", 0, p.start) + 1, p.doubtful) for p in found]


def test_of_two_classes_with_a_method_of_one_name_only_the_one_s_uses_are_offered() -> None:
    told = Told("start", 2, (("pumps.py", 11, 8), ("use.py", 5, 7)))
    assert offered(told, {"use.py": USER}) == [("pumps.py", 11, False), ("use.py", 5, False)]


def test_without_a_language_server_neither_is() -> None:
    assert offered(Told("start", 7, (("pumps.py", 11, 8),)), {"use.py": USER}) == []


def test_a_member_that_the_server_did_not_name_is_doubtful() -> None:
    before = "class Pump:\n    def start(self):\n        return 1\n"
    others = {"a.py": "p.start()\n", "b.py": "thread.start()\n"}
    told = Told("start", 2, (("a.py", 1, 3),))
    found = offered(told, others, before, before.replace("start", "prime"))
    assert found == [("a.py", 1, False), ("b.py", 1, True)]


@pytest.mark.parametrize(
    "spot",
    [
        ("use.py", 5, 1),
        ("use.py", 3, 3),
        ("use.py", 99, 1),
        ("use.py", 5, 999),
        ("gone.py", 1, 1),
        ("pumps.py", 2, 9),
        ("../pumps.py", 1, 1),
    ],
)
def test_where_the_name_does_not_stand_now_as_code_nothing_is_offered(
    spot: tuple[str, int, int],
) -> None:
    assert offered(Told("start", 2, (spot,)), {"use.py": USER}) == []


def test_columns_count_as_editors_do_and_other_languages_have_words() -> None:
    user = "s = '😀'; first.start(); restart()\n"
    told = Told("start", 2, (("use.py", 1, 17),))
    assert offered(told, {"use.py": user}) == [("use.py", 1, False)]
    told = Told("start", 2, (("use.lua", 1, 7), ("use.lua", 1, 20)))
    assert offered(told, {"use.lua": "first:start() restart()\n"}) == [("use.lua", 1, False)]


WAITING = PUMPS.replace("(self)", "(self, wait)").replace("().start()", "().start(1)")
WAITING = WAITING.replace("wait):\n        return 2", "wait):  # at once\n        return 2")
WAITED = WAITING.replace("(self, wait)", "(self)", 1)
WAITS = USER.replace("start()", "start(2)")


def test_of_two_methods_of_one_name_only_the_changed_one_s_calls_are_offered() -> None:
    told = Told("start", 2, (("pumps.py", 2, 9), ("pumps.py", 11, 8), ("use.py", 5, 7)))
    found = offered(told, {"use.py": WAITS}, WAITING, WAITED)
    assert found == [("pumps.py", 11, False), ("use.py", 5, False)]


def test_what_was_told_of_another_definition_says_nothing_of_this_one() -> None:
    told = Told("start", 7, (("pumps.py", 11, 8), ("use.py", 5, 7)))
    # As by syntax alone: whose `start` is called is not known, and `Clock` may be kin.
    assert offered(told, {"use.py": WAITS}, WAITING, WAITED) == [("pumps.py", 7, False)]


def test_a_call_of_a_member_that_the_server_did_not_name_is_doubtful() -> None:
    before = "class Pump:\n    def start(self, wait):\n        return 1\n"
    others = {"a.py": "p.start(1)\n", "b.py": "thread.start(2)\n"}
    told = Told("start", 2, (("a.py", 1, 3),))
    found = offered(told, others, before, before.replace(", wait", ""))
    assert found == [("a.py", 1, False), ("b.py", 1, True)]


@pytest.mark.parametrize("spot", [("use.py", 5, 1), ("use.py", 99, 1), ("gone.py", 1, 1)])
def test_where_no_call_stands_now_no_argument_is_offered(spot: tuple[str, int, int]) -> None:
    assert offered(Told("start", 2, (spot,)), {"use.py": WAITS}, WAITING, WAITED) == []


def test_methods_of_classes_that_are_kin_are_offered_and_of_others_none() -> None:
    before = WAITING + "\n\nclass Well(Pump):\n    def start(self, wait):\n        return 3\n"
    told = Told("start", 2, (("pumps.py", 11, 8),))
    others = {"more.py": "class Tank:\n    def start(self, wait):\n        return 4\n"}
    found = offered(told, others, before, before.replace("(self, wait)", "(self)", 1))
    assert found == [("pumps.py", 11, False), ("pumps.py", 16, False)]
