"""What a passage and a question are searched by: identifiers taken apart, words cut to stems.

`get_document`, `getDocument` and `GetDocument` all give `getdocument`, `get` and `document`, so
that either the whole name or a part of it is found, however it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

IDENTIFIER = re.compile(r"\w+(?:n't)?")
PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")
LONGEST = 64
MOST_KEPT = 200_000

_EMPTY = """a about after all also an and any are as at be been before but by can could did do does
    doing done each else for from get gets give given had has have happen happens here how i if in
    into is it its itself just let like look make makes many may me more most my no not of off on
    once one only or other our out over own part piece place please same see shall she should show
    so some such take tell than that the their them then there these they thing this those through
    to too up us use used uses using very want was way we were what when where whether which while
    who whose why will with within without work works would you your code source file files
    function method class implemented implementation defined isn aren doesn don won't isn't
    aren't doesn't don't can't didn't"""
STOP_WORDS = frozenset(_EMPTY.split())

JOINED = 0.9
SYNONYM = 0.55
_SAME = """
password passwd passphrase pwd
auth authenticate login signin
config configuration options
directory dir folder
message msg
request req
response resp reply
connection conn
error exception failure fail
database db sqlite
websocket ws
command cmd
environment env
temporary tmp temp
initialize init setup
check verify validate compare test
delete remove unlink discard
stop shutdown terminate quit kill
idle inactive activity nobody
confirm prompt ask
enable disable toggle switch turn
limit rate throttle max
skip bypass ignore exempt
reject refuse deny forbid
increment counter count number
name filename
unique untitled increment
choose select pick
list enumerate
show display render
launch start spawn
retry attempt backoff
duration elapsed seconds time
parameter param argument arg
index idx
document doc
string str text
number num
previous prev
maximum max
minimum min
format fmt
copy duplicate clone
move rename
user account username
permission authorize access
hash digest checksum
encrypt cipher
cache memoize
half partial incomplete atomic
"""


_SUFFIXES = (
    *((f"i{vowel}{ending}", "") for vowel in "sz" for ending in ("ations", "ation", "ing", "es")),
    *((f"i{vowel}{ending}", "") for vowel in "sz" for ending in ("ed", "er", "e")),
    *((ending, "") for ending in ("ational", "ations", "ation", "ators", "ator", "ating", "ated")),
    *((ending, "") for ending in ("ates", "ate", "ions", "ion", "ments", "ment", "ings", "ing")),
    *(("edly", ""), ("ies", "i"), ("ied", "i"), ("ers", ""), ("er", ""), ("ors", ""), ("or", "")),
    *(("ed", ""), ("es", ""), ("ly", ""), ("s", ""), ("y", "i"), ("e", "")),
)
_IRREGULAR = {
    "written": "write",
    "wrote": "write",
    "kept": "keep",
    "sent": "send",
    "ran": "run",
    "taken": "take",
    "took": "take",
    "left": "leave",
    "chosen": "choose",
    "built": "build",
    "lost": "lose",
    "known": "know",
    "begun": "begin",
    "children": "child",
    "indices": "index",
    "indexes": "index",
}


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A lower-case word without its usual English endings; short words stay as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _IRREGULAR.get(word, word)
    for suffix, replacement in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) + len(replacement) >= 3:
            if suffix == "s" and word[-2] in "su":
                break
            word = word[: -len(suffix)] + replacement
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    if len(word) > 3 and word[-1] == "y":
        word = word[:-1] + "i"
    return word


def _synonyms() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for line in _SAME.split("\n"):
        same = [stem(word) for word in line.split()]
        for word in same:
            found.setdefault(word, {}).update({other: None for other in same if other != word})
    return {word: tuple(others) for word, others in found.items()}


SYNONYMS = _synonyms()


@lru_cache(maxsize=65_536)
def terms(identifier: str) -> tuple[str, ...]:
    """The terms of one identifier: the whole first, where it has several parts, then the parts."""
    parts = [part.lower() for part in PART.findall(identifier)]
    stems = tuple(stem(part) for part in parts if len(part) <= LONGEST)
    if len(parts) < 2:
        return stems
    whole = "".join(parts)
    return (whole, *stems) if len(whole) <= LONGEST else stems


class _Joined(dict[str, str]):
    """The terms of identifiers with spaces between: most of a project's are seen again."""

    def __missing__(self, identifier: str) -> str:
        if len(self) > MOST_KEPT:
            self.clear()
        found = self[identifier] = " ".join(terms(identifier))
        return found


_JOINED = _Joined()


def joined(text: str) -> str:
    """Every term of a text, in order, repeated as often as it occurs, with spaces between; the
    lines stay lines."""
    return "\n".join(
        [" ".join(map(_JOINED.__getitem__, IDENTIFIER.findall(line))) for line in text.split("\n")]
    )


def split(text: str) -> list[str]:
    """Every term of a text, in order, repeated as often as it occurs."""
    return joined(text).split()


def telling(text: str) -> list[str]:
    """The terms of a text's words that say something; all of them where none does."""
    found = IDENTIFIER.findall(text)
    some = [word for word in found if word.lower() not in STOP_WORDS]
    return [term for word in some or found for term in terms(word)]


def found_in(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where in a text the words that have any of the terms begin and end; of an identifier with
    several parts, the parts that have."""
    spots: list[tuple[int, int]] = []
    for match in IDENTIFIER.finditer(text):
        if wanted.isdisjoint(terms(match[0])):
            continue
        parts = [
            (match.start() + part.start(), match.start() + part.end())
            for part in PART.finditer(match[0])
            if stem(part[0].lower()) in wanted
        ]
        spots.extend(parts or [match.span()])
    return spots


@dataclass(frozen=True)
class Question:
    """What is asked for: for each of its words, the terms that would answer it and how well.

    How well is a number up to 1; the word's own term comes first.
    """

    groups: tuple[tuple[tuple[str, float], ...], ...]

    @property
    def terms(self) -> list[str]:
        """Every term, each once."""
        return list(dict.fromkeys(term for group in self.groups for term, _ in group))


def question(text: str, limit: int = 24) -> Question:
    """Take a person's question apart, leaving out the words that say nothing.

    A question of such words alone keeps them: it is all there is to go by. Neighbours count
    as one word too (`shut down` finds `shutdown`), and words that programmers use for each
    other stand in for one another at a discount.
    """
    found = [word for word in IDENTIFIER.findall(text) if terms(word)][: 8 * limit]
    telling = [i for i, word in enumerate(found) if word.lower() not in STOP_WORDS]
    groups: dict[str, dict[str, float]] = {}
    for i in telling or range(len(found)):
        following = found[i + 1].lower() if i + 1 < len(found) else ""
        parts = terms(found[i])
        joined = {stem(last + following) for last in (found[i].lower(), *parts[-1:])}
        for term in parts[:8]:
            if len(term) == 1 and term.isascii() and len(telling) > 1:
                continue
            group = groups.setdefault(term, {term: 1.0})
            for other in sorted(joined):
                if following and 3 < len(other) <= LONGEST:
                    group.setdefault(other, JOINED)
            for other in SYNONYMS.get(term, ()):
                group.setdefault(other, SYNONYM)
    return Question(tuple(tuple(group.items()) for group in groups.values())[:limit])


def terms_of(text: str) -> frozenset[str]:
    """The terms that a person's question looks for."""
    return frozenset(question(text).terms)
