"""Identifiers taken apart, and questions."""

from __future__ import annotations

import pytest

from neoai_server_ext.index import words


@pytest.mark.parametrize("written", ["get_document", "getDocument", "GetDocument", "GET_DOCUMENT"])
def test_however_an_identifier_is_written_its_whole_and_its_parts_are_found(written: str) -> None:
    assert set(words.terms(written)) == {"getdocument", "get", words.stem("document")}


def test_acronyms_and_digits_are_parts() -> None:
    assert words.terms("parseHTTPResponse2") == (
        "parsehttpresponse2",
        words.stem("parse"),
        "http",
        words.stem("response"),
        "2",
    )


def test_words_of_other_scripts_are_kept() -> None:
    assert list(words.split("x = данные")) == ["x", "данные"]


@pytest.mark.parametrize(
    "family",
    [
        "authenticate authenticated authentication authenticates authenticating authenticator",
        "retry retries retried retrying",
        "stop stops stopped stopping",
        "restore restored restores restoring",
        "write written wrote writes writing writer",
    ],
)
def test_a_word_and_its_forms_have_one_stem(family: str) -> None:
    assert len({words.stem(word) for word in family.split()}) == 1


def test_a_question_keeps_the_words_that_say_something() -> None:
    question = words.question("Where is the function that does the login?")
    assert [group[0][0] for group in question.groups] == ["login"]


def test_a_question_of_empty_words_alone_keeps_them() -> None:
    assert words.question("what is this").groups


def test_neighbours_count_as_one_word_too() -> None:
    assert "shutdown" in words.question("who shut down the kernel").terms


def test_no_words_are_no_question() -> None:
    assert words.question('"*()^:-+ NEAR').terms == words.question("near").terms
    assert words.question('"*()^:-+').groups == ()
    assert words.question("ü" * 5000).groups == ()


def test_of_an_identifier_the_parts_that_were_asked_for_are_found() -> None:
    wanted = words.terms_of("when is the document saved?")
    text = "def saveDocument(doc): return saving(undocumented)"
    assert [text[start:end] for start, end in words.found_in(text, wanted)] == [
        "save",
        "Document",
        "doc",
        "saving",
    ]
