"""Where source is cut by its grammar, and what happens where that cannot read it."""

from __future__ import annotations

import json
import time
from textwrap import dedent

import pytest

from neoai_server_ext import grammars
from neoai_server_ext.index.passages import Passage, cut, defines_function, summary
from neoai_server_ext.notebooks import sources


def symbols(path: str, text: str) -> list[str]:
    """The names of a file's passages, without what stands in none."""
    return [p.symbol for p in cut(path, dedent(text)) if p.symbol]


def named(path: str, text: str, symbol: str) -> Passage:
    """The one passage of a definition."""
    (found,) = [p for p in cut(path, dedent(text)) if p.symbol == symbol and p.defined >= p.start]
    return found


def test_a_python_class_is_cut_at_its_methods_and_a_nested_function_is_its_functions() -> None:
    text = """\
    class Room:
        size = 1
        class Door:
            def open(self):
                def latch(): ...
                return latch
        async def close(self): ...
    def leave(): ...
    """
    assert symbols("a.py", text) == ["Room", "Room.Door", "Room.Door.open", "Room.close", "leave"]


def test_a_decorator_of_several_lines_and_the_comment_above_belong_to_the_definition() -> None:
    text = """\
    x = 1

    # Says what it is for.
    @app.get(
        "/rooms",
    )
    def rooms():
        return 1
    """
    found = named("a.py", text, "rooms")
    assert (found.start, found.defined, found.until) == (3, 7, 8)
    assert "what it is for" in summary(found)


def test_a_definition_ends_where_its_last_line_does_even_in_a_text_at_the_margin() -> None:
    text = '''\
    def page():
        return """
    <html>
    def fake():
    </html>
    """

    LIMIT = 3
    '''
    assert symbols("a.py", text) == ["page"]
    assert named("a.py", text, "page").until == 6


def test_definitions_below_if_and_try_are_found() -> None:
    text = """\
    try:
        import fast
    except ImportError:
        def fast():
            return 1
    if fast:
        class Slow:
            def go(self): ...
    """
    assert symbols("a.py", text) == ["fast", "Slow", "Slow.go"]


def test_what_follows_a_class_is_not_the_classs() -> None:
    text = "class A:\n    def a(self):\n        return 1\n\nmain(A)\n"
    assert [(p.symbol, p.start) for p in cut("a.py", text)] == [("A", 1), ("A.a", 2), ("", 5)]


def test_javascript_has_arrows_methods_of_classes_and_objects_and_assigned_functions() -> None:
    text = """\
    export class A {
      static make = (x) => {
        return x;
      };
      get size() {
        return 1;
      }
    }
    export const f = async (x) => x,
      g = function () {};
    app.use = function use(fn) {
      return fn;
    };
    Room.prototype.open = function () {};
    module.exports = {
      start() {},
      stop: function () {},
      port: 1,
    };
    """
    expected = ["A", "A.make", "A.size", "f", "g", "app.use", "Room.open", "start", "stop"]
    assert symbols("a.js", text) == expected
    assert symbols("a.mjs", text) == expected


def test_functions_in_a_wrapping_call_are_found() -> None:
    text = "(function () {\n  function inner() {\n    return 1;\n  }\n})();\n"
    assert symbols("a.js", text) == ["inner"]


def test_typescript_has_interfaces_types_enums_namespaces_and_decorated_classes() -> None:
    text = """\
    export interface Door {
      open(): void;
    }
    export type Key = { id: number };
    enum Colour { Red }
    namespace House {
      export function enter() {}
    }
    @Component({
      selector: "room",
    })
    export abstract class Room<T> {
      @Input()
      handler = (a: number): void => {};
      @Listen("x")
      async close(): Promise<void> {
        return;
      }
    }
    """
    found = ["Door", "Key", "Colour", "House", "House.enter", "Room", "Room.handler", "Room.close"]
    assert symbols("a.ts", text) == found
    assert symbols("a.tsx", text) == found
    assert named("a.ts", text, "Room").start == 9
    assert named("a.ts", text, "Room.close").start == 15


def test_java_has_methods_constructors_records_and_what_is_nested() -> None:
    text = """\
    package a;

    /** Keeps people. */
    @Entity
    public class Room<T> extends House {
      int size = 1;

      Room() {
        size = 2;
      }

      /** Lets in. */
      @Override
      public void open(int a) throws IOException {
        size = a;
      }

      interface Door {
        void open();
      }
    }

    record Key(int id) {}
    """
    expected = ["Room", "Room.Room", "Room.open", "Room.Door", "Key"]
    assert symbols("A.java", text) == expected
    found = named("A.java", text, "Room.open")
    assert (found.start, found.defined) == (12, 14)
    assert defines_function(found)
    assert not defines_function(named("A.java", text, "Room"))


def test_a_method_of_go_goes_by_its_receivers_type() -> None:
    text = """\
    package a

    // Room keeps people.
    type Room struct {
      size int
    }

    func (r *Room[T]) Open() error {
      return nil
    }

    func main() {
    }
    """
    assert symbols("a.go", text) == ["Room", "Room.Open", "main"]
    assert not defines_function(named("a.go", text, "Room"))
    assert defines_function(named("a.go", text, "Room.Open"))


def test_rust_has_impl_blocks_traits_modules_and_macros_with_their_attributes() -> None:
    text = """\
    /// Keeps people.
    #[derive(Debug)]
    pub struct Room {
        size: u8,
    }

    impl<T> Door for Room<T> {
        /// Lets in.
        fn open(&self) {
        }
    }

    mod tests {
        #[test]
        fn it_opens() {
        }
    }

    macro_rules! shut {
        () => {};
    }
    """
    expected = ["Room", "Room", "Room.open", "tests", "tests.it_opens", "shut"]
    assert symbols("a.rs", text) == expected
    found = named("a.rs", text, "Room.open")
    assert (found.start, found.defined) == (8, 9)
    assert "Lets in" in summary(found)


def test_bash_has_functions_of_both_kinds() -> None:
    text = "# Says it.\nsay() {\n  echo\n}\nfunction shout {\n  echo\n}\n"
    assert symbols("a.sh", text) == ["say", "shout"]


def test_c_has_functions_macros_and_named_types_also_between_preprocessor_lines() -> None:
    text = """\
    #include <stdio.h>
    #define AREA(w, h) ((w) * (h))

    /* A door. */
    typedef struct {
        int width;
    } Door;

    struct Room { struct Door *door; };
    enum Colour { RED, GREEN };
    int forward(struct Room *room);

    static int *
    open_door(struct Room *room)
    {
        return &room->size;
    }
    #ifdef DEBUG
    void show(void) { printf("x"); }
    #else
    // Says nothing.
    void hide(void) {
    }
    #endif
    """
    assert symbols("a.c", text) == ["AREA", "Door", "Room", "Colour", "open_door", "show", "hide"]
    door = named("a.c", text, "open_door")
    assert (door.start, door.until) == (13, 17)
    assert "A door" in summary(named("a.c", text, "Door"))
    assert named("a.c", text, "hide").start == 21


def test_cpp_has_namespaces_classes_templates_and_methods_defined_elsewhere() -> None:
    text = """\
    namespace house {
    // A room.
    template <typename T>
    class Room : public Base {
     public:
      int open() const { return 1; }
      ~Room();
      struct Door {
        void shut() { }
      };
    };

    template <typename T>
    Room<T>::~Room() {
    }
    int& area(int& a) { return a; }
    enum class Colour { red };
    }
    void house::Room::close() {
      open();
    }
    extern "C" {
    int plain(void) { return 1; }
    }
    """
    names = ["Room", "Room.open", "Room.Door", "Room.Door.shut", "Room.~Room", "area", "Colour"]
    found = list(dict.fromkeys(symbols("a.hpp", text)))
    assert found == ["house", *(f"house.{n}" for n in names), "house.Room.close", "plain"]
    first = next(p for p in cut("a.cpp", dedent(text)) if p.symbol == "house.Room")
    assert "A room" in summary(first)


def test_ruby_has_modules_classes_and_methods_of_both_kinds() -> None:
    text = """\
    module House
      # A room.
      class Room < Base
        # Opens it.
        def open(how)
          how.each do |x|
            puts x
          end
        end

        def self.make
          new
        end

        class << self
          def other; end
        end

        private def secret
          1
        end
      end
    end

    class House::Garden
      def water = 1
    end

    def top_level?
      true
    end
    """
    names = ["", ".Room", ".Room.open", ".Room.make", ".Room.other", ".Room.secret", ".Garden"]
    found = list(dict.fromkeys(symbols("lib/house.rb", text)))
    assert found == [*(f"House{name}" for name in names), "House.Garden.water", "top_level?"]
    assert "Opens it" in summary(named("house.rb", text, "House.Room.open"))


def test_a_language_without_a_grammar_is_cut_by_patterns() -> None:
    text = "class Room\n  def open\n    1\n  end\nend\n"
    assert symbols("a.cr", text) == ["Room", "Room.open"]


def test_without_its_grammar_a_language_is_cut_by_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(grammars.INDEXED_ALIASES, "cr", "crystal")
    monkeypatch.setitem(grammars.INDEXED, "crystal", ("tree_sitter_not_installed", "language"))
    assert symbols("a.cr", "class Room\n  def open\n    1\n  end\nend\n") == ["Room", "Room.open"]


@pytest.mark.parametrize(
    "broken",
    ["def a(:\n    return 1\n", "x = (1,\n", "class B\n    pass\n", "@\n", "    )]}\n", "'''\n"],
)
def test_a_definition_below_broken_syntax_is_still_found(broken: str) -> None:
    text = f"def first():\n    return 1\n\n{broken}\n\ndef last():\n    return 2\n"
    assert {"first", "last"} <= set(symbols("a.py", text))


def test_a_missing_brace_hides_no_function_below() -> None:
    text = "function a() {\n  if (x) {\n}\n\nfunction b() {\n  return 1;\n}\n"
    assert symbols("a.js", text) == ["a", "b"]


def test_every_line_with_text_is_in_one_passage_and_in_order() -> None:
    text = "{\n}\nclass A {\n  a() {\n  }\n\n  b() {\n  }\n}\n\n}\nlet x = 1;\n"
    lines = text.split("\n")
    for path in ("a.js", "a.py", "a.rs", "a.java"):
        covered = [line for p in cut(path, text) for line in range(p.start, p.end + 1)]
        assert covered == sorted(set(covered))
        assert {i for i, line in enumerate(lines, 1) if line.strip()} <= set(covered)


@pytest.mark.parametrize("opening", ["(", "[", "{", "if x:\n", "f(lambda: "])
def test_deep_nesting_is_no_trouble(opening: str) -> None:
    text = "def a():\n    return 1\n\n" + opening * 20_000 + "\n\ndef b():\n    return 2\n"
    began = time.process_time()
    found = symbols("a.py", text)
    assert "a" in found
    assert time.process_time() - began < 10


@pytest.mark.parametrize("path", ["A.java", "a.swift"])
def test_classes_nested_ten_thousand_deep_are_cut_without_endless_names(path: str) -> None:
    text = "".join(f"{' ' * i}class A{i} {{\n" for i in range(400)) + "}\n" * 400
    text += "".join(f"class A{i} {{\n" for i in range(10_000)) + "}\n" * 10_000
    found = cut(path, text)
    assert {"A0", "A0.A1", "A0.A1.A2"} <= {p.symbol for p in found}
    assert max(len(p.symbol) for p in found) < 400


def test_a_giant_line_is_cut_by_lines() -> None:
    text = "function a(){return 1};" * 250_000
    (found,) = cut("a.js", text)
    assert len(found.text) == 500


def test_a_file_of_fifty_thousand_lines_is_cut_at_its_functions() -> None:
    text = "".join(f"def f{i}(a):\n    b = a\n    return b + {i}\n\n\n" for i in range(10_000))
    assert len({p.symbol for p in cut("a.py", text)}) == 10_000


def test_lone_surrogates_and_letters_of_any_script_keep_the_lines_right() -> None:
    text = "x = '\udc80 жжж 😀'\n\ndef größe():\n    return 'ü'\n\ndef b(): ...\n"
    assert [(p.symbol, p.start) for p in cut("a.py", text)] == [("", 1), ("größe", 3), ("b", 6)]


def in_notebook(cells: list[tuple[str, str]], language: str = "python") -> list[Passage]:
    """The passages of a notebook with these cells."""
    content = {
        "cells": [{"cell_type": kind, "source": source} for kind, source in cells],
        "metadata": {"kernelspec": {"name": "k", "language": language}},
    }
    read = sources.read("a.ipynb", json.dumps(content))
    return cut("a.ipynb", read.text, read.language)


def test_a_notebook_is_cut_at_its_cells_and_at_headings_and_definitions_in_them() -> None:
    found = in_notebook(
        [
            ("markdown", "# Sales\ntext\n## By month\nmore"),
            ("code", "%matplotlib inline\nimport os\n!ls"),
            ("code", "class A:\n    def a(self):\n        return 1\nA().a()"),
            ("code", ""),
            ("raw", "def no(): ..."),
        ]
    )
    assert [(p.symbol, p.start, p.end, p.defined) for p in found] == [
        ("Sales", 1, 3, 2),
        ("By month", 4, 5, 4),
        ("", 7, 10, 7),
        ("A", 12, 13, 13),
        ("A.a", 14, 15, 14),
        ("", 16, 16, 16),
        ("", 21, 22, 21),
    ]


def test_no_passage_goes_on_into_the_next_cell_even_where_one_is_broken() -> None:
    found = in_notebook([("code", "def a(:\n    x = (1,"), ("code", "y = 1"), ("code", "%%sh\nls")])
    assert [p.text.split("\n")[0] for p in found] == [
        "# %% code 1",
        "# %% code 2",
        "# %% code 3",
    ]


def test_cells_are_read_in_the_notebooks_language() -> None:
    cells = [("code", "const f = (x) => {\n  return x;\n};\n!f(1);")]
    assert [p.symbol for p in in_notebook(cells, "javascript")] == ["f", ""]
    assert [p.symbol for p in in_notebook([("code", "f <- function(x) x")], "R")] == [""]
