"""Lines that were inserted at like places, and what is repeated in the cells of a notebook."""

from __future__ import annotations

from .test_nextedit_imports import done

ROUTES = """\
def routes(app):
    app.add("soup", Soup)
    app.add("tea", Tea)
    if app.is_open:
        app.add("cake", Cake)
    app.sort()
"""


def test_lines_put_below_two_lines_that_are_alike_are_offered_below_the_others() -> None:
    swaps = [
        ('    app.add("soup", Soup)\n', '    app.add("soup", Soup)\n    app.log("soup", True)\n'),
        ('    app.add("tea", Tea)\n', '    app.add("tea", Tea)\n    app.log("tea", True)\n'),
    ]
    after = ROUTES
    for swap in swaps:
        after = after.replace(*swap)
    assert done(ROUTES, *swaps) == after.replace(
        '        app.add("cake", Cake)\n',
        '        app.add("cake", Cake)\n        app.log("cake", True)\n',
    )


def test_lines_put_above_two_lines_that_are_alike_are_offered_above_the_others() -> None:
    text = "let a = open('a');\nb();\nlet c = open('c');\nd();\nlet e = open('e');\n"
    swaps = [
        ("let a =", "check('a');\nlet a ="),
        ("let c =", "check('c');\nlet c ="),
    ]
    after = text.replace(*swaps[0]).replace(*swaps[1])
    assert done(text, *swaps, path="a.js") == after.replace("let e", "check('e');\nlet e")


def test_what_differs_in_other_ways_or_has_no_telling_word_beside_it_is_not_repeated() -> None:
    swaps = [('    app.add("soup", Soup)\n', '    app.add("soup", Soup)\n    one()\n')]
    swaps += [('    app.add("tea", Tea)\n', '    app.add("tea", Tea)\n    other()\n')]
    after = ROUTES.replace(*swaps[0]).replace(*swaps[1])
    assert done(ROUTES, *swaps) == after
    text = "else:\n    a\nelse:\n    b\nelse:\n    c\n"
    swaps = [("    a", "    log()\n    a"), ("    b", "    log()\n    b")]
    assert done(text, *swaps, path="a.txt") == text.replace(*swaps[0]).replace(*swaps[1])


def test_what_is_repeated_in_cells_is_what_was_written_there() -> None:
    text = "soup(1)\ny = 0\nsoup(2)\ny = 0\nsoup(3)\n"
    swaps = [(f"soup({n})\n", f"soup({n})\n!echo soup({n})\n%time soup({n})\n") for n in (1, 2)]
    after = text.replace(*swaps[0]).replace(*swaps[1])
    assert done(text, *swaps, path="a.ipynb") == after + "!echo soup(3)\n%time soup(3)\n"
    text = "".join(f"%timeit -n 1 soup({n}, 'red')\n" for n in (1, 2, 3))
    swaps = [(f"-n 1 soup({n}, 'red')", f"-n 9 -r 2 soup({n}, 'hot')") for n in (1, 2)]
    assert done(text, *swaps, path="a.ipynb") == "".join(
        f"%timeit -n 9 -r 2 soup({n}, 'hot')\n" for n in (1, 2, 3)
    )
    text = "soup(salt, pan)\nx = 1\nsoup(salt, pan)\n"
    found = done(text, ("soup(salt, pan)", "%time soup(pan)"), path="a.ipynb")
    assert found == "%time soup(pan)\nx = 1\n%time soup(pan)\n"


def test_text_in_a_cell_that_looks_like_a_magic_stays_as_it_is() -> None:
    before = 'def soup(a, b):\n    pass\nsoup("""\n%d pots\n! \n""", 2)\n'
    swap = ("def soup(a, b)", "def soup(b, a)")
    assert done(before, swap, path="a.ipynb") == before.replace(*swap)
