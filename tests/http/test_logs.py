"""What a log line looks like."""

from __future__ import annotations

import json
import logging
import sys

from neoai_server_ext.logs import HumanFormatter, JSONFormatter, RequestIdFilter, current_request_id


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("neoai.test").makeRecord(
        "neoai.test", logging.INFO, __file__, 1, message, (), None, extra=extra
    )
    RequestIdFilter().filter(made)
    return made


def test_a_json_line_carries_what_the_record_carries() -> None:
    token = current_request_id.set("r-1")
    entry = json.loads(JSONFormatter().format(record("GET /x 200", status=200, duration_s=0.5)))
    current_request_id.reset(token)
    assert entry["message"] == "GET /x 200"
    assert (entry["level"], entry["logger"]) == ("info", "neoai.test")
    assert (entry["status"], entry["duration_s"], entry["request_id"]) == (200, 0.5, "r-1")


def test_a_message_of_several_lines_stays_one_json_line() -> None:
    assert "\n" not in JSONFormatter().format(record("one\ntwo\u2028three"))


def test_a_human_line_names_the_duration_and_the_request() -> None:
    line = HumanFormatter().format(record("GET /x 200", duration_s=0.5, request_id="abc"))
    assert line.endswith("neoai.test] GET /x 200 (500 ms, request abc)")


def test_an_exception_is_in_the_log_with_its_traceback() -> None:
    made = record("failed")
    try:
        raise KeyError("lost")
    except KeyError:
        made.exc_info = sys.exc_info()
    assert "KeyError: 'lost'" in json.loads(JSONFormatter().format(made))["exception"]
