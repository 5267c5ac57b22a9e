"""Secrets in text: what is taken out, what is left as it is, and how long that takes."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
import tornado

from neoai_server_ext.ai.secretscan import find, redact

HEX = "0123456789abcdef"
ALNUM = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"


def long(size: int, letters: str = ALNUM) -> str:
    return (letters * (size // len(letters) + 1))[:size]


# Put together here, so that nobody's scan of this file takes them for real ones.
SECRETS = {
    "aws-key": "AKIA" + "ABCDEFGHIJ234567",
    "github-token": "ghp_" + long(36),
    "gitlab-token": "glpat-" + long(20),
    "api-key": "sk-" + "proj-" + long(40),
    "google-key": "AIza" + long(35),
    "huggingface-token": "hf_" + long(34),
    "groq-key": "gsk_" + long(52),
    "xai-key": "xai-" + long(80),
    "slack-token": "xoxb-" + "123456789012-" + long(24),
    "stripe-key": "sk_live_" + long(24),
    "webhook-secret": "whsec_" + long(32),
    "npm-token": "npm_" + long(36),
    "pypi-token": "pypi-AgE" + long(80),
    "sendgrid-key": "SG." + long(22) + "." + long(43),
    "square-secret": "sq0csp-" + long(43),
    "digitalocean-token": "dop_v1_" + long(64, HEX),
    "shopify-token": "shpat_" + long(32, HEX),
    "databricks-token": "dapi" + long(32, HEX),
    "vault-token": "hvs." + long(30),
    "age-key": "AGE-SECRET-KEY-1" + long(58, "ABC123"),
    "json-web-token": "eyJ" + long(20) + ".eyJ" + long(30) + "." + long(43),
    "private-key": f"-----BEGIN RSA PRIVATE KEY-----\n{long(64)}\n{long(64)}\n"
    "-----END RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("around", ["{}", 'x = "{}"', "say {} now", "{{'a': '{}'}}", "A={}\n"])
def test_a_secret_is_taken_out_whatever_stands_around_it(kind: str, around: str) -> None:
    said = redact(around.format(SECRETS[kind]))
    assert said == around.format(f"[redacted: {kind}]")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('password = "hunter2!x"', 'password = "[redacted: password]"'),
        ('"db_password": "Tr0ub4dor&3"', '"db_password": "[redacted: password]"'),
        ("client_secret: 'a8Kd92Lx01Qw'", "client_secret: '[redacted: password]'"),
        ("AUTH_TOKEN=a8Kd92Lx01Qw\nB=1", "AUTH_TOKEN=[redacted: password]\nB=1"),
        ('apiKey: "a8Kd92Lx01Qw"', 'apiKey: "[redacted: password]"'),
        ('API_KEY = "a8Kd92Lx01Qw"', 'API_KEY = "[redacted: password]"'),
        ("postgresql://me:hunter2@db/x", "postgresql://me:[redacted: password]@db/x"),
        ("redis://:h4nter2@cache/0", "redis://:[redacted: password]@cache/0"),
        (
            "aws_secret_access_key = " + long(40) + "\n",
            "aws_secret_access_key = [redacted: password]\n",
        ),
        ("db_password: Tr0ub4dor-3\n", "db_password: [redacted: password]\n"),
        ("  api_key: a8Kd92Lx01Qw\nb: 1", "  api_key: [redacted: password]\nb: 1"),
        ("Authorization: Bearer " + long(32), "Authorization: Bearer [redacted: authorization]"),
        ("PGPASSWORD=hunter psql -h db", "PGPASSWORD=[redacted: password] psql -h db"),
        ("DB_PASSWORD=h4nter2xy make", "DB_PASSWORD=[redacted: password] make"),
        ('pwd = "h4nter2xy"', 'pwd = "[redacted: password]"'),
        ('password = "kX9#mQ2$vL7"', 'password = "[redacted: password]"'),
        ("PASSWORD=kX9#mQ2$vL7\n", "PASSWORD=[redacted: password]\n"),
        ("-----BEGIN PRIVATE KEY-----\n" + long(64), "[redacted: private-key]"),
        ("AccountKey=" + long(86) + "==", "AccountKey=[redacted: azure-key]"),
        ("bot12345678:AA" + long(33), "bot12345678:[redacted: telegram-token]"),
        (
            "hooks.slack.com/services/T01/B02/x9",
            "hooks.slack.com/services/[redacted: slack-webhook]",
        ),
    ],
)
def test_what_a_name_or_an_address_says_is_secret_is_taken_out(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        'password = os.environ["DB_PASSWORD"]',
        'pwd = "/home/me/work2"',
        'password = "$DB_PASSWORD_2"',
        'password = "db-$PASSWORD"',
        "secret: kitchen-db-secret-v2\n",
        "tokenizer: llama-2-7b-chat\n",
        "max_tokens: 100000000\n",
        "api_key: Optional[str]\n",
        "token: next_token_2\n",
        "cache_key = first_key_of_2\n",
        'headers = {"Authorization": f"Bearer {token}"}',
        "Bearer authentication-with-tokens",
        "PGPASSWORD=$PASSWORD psql",
        'password = getpass("Password: ")',
        'api_key_env = "OPENAI_API_KEY"',
        'api_key = "your-api-key-here"',
        'token = "<your token>"',
        'token_url = "https://example.org/oauth/token"',
        "https://user:{password}@host/",
        "https://user:$PASSWORD@host/",
        'sort_key = "created_at_2024"',
        "class='sk-fading-circle sk-circle-12'",
        "task-force-disk-management-of-the-1st-kind",
        'SECRET_KEY = "change-me-1234"',
        "sha256:" + long(64, HEX),
        "token = tokenizer.next_token(a1b2c3d4)",
        "8f14e45f-ceea-467f-a8f2-1c9b2a3d4e5f",
        "-----BEGIN PUBLIC KEY-----\nabc",
        "-----BEGIN CERTIFICATE-----\n" + long(64),
    ],
)
def test_what_only_looks_like_a_secret_is_left_as_it_is(text: str) -> None:
    assert redact(text) is text


def code(size: int) -> str:
    """Ordinary code, of which the machine has plenty."""
    files = sorted(Path(tornado.__file__).parent.glob("*.py"))
    text = "".join(file.read_text(encoding="utf-8") for file in files if file.name != "auth.py")
    assert len(text) >= size
    return text[:size]


def test_ordinary_code_is_left_byte_for_byte() -> None:
    text = code(500_000)
    assert redact(text) is text


def test_secrets_are_found_by_their_places_and_none_twice() -> None:
    token = SECRETS["github-token"]
    text = f'x = 1\nGITHUB_TOKEN = "{token}"\n'
    (secret,) = find(text)
    assert text[secret.start : secret.end] == token


def test_a_hundred_kilobytes_take_less_than_five_milliseconds() -> None:
    text = code(100_000)
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        redact(text)
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.005


@pytest.mark.parametrize(
    "piece",
    [
        "sk-",
        "eyJ",
        "api_key",
        "://a:",
        "TOKEN_",
        "token: ",
        "_key = a",
        "-----BEGIN PRIVATE KEY-----",
        'secret="',
        "xox",
    ],
)
def test_no_text_makes_it_slow(piece: str) -> None:
    started = time.perf_counter()
    find(piece * (100_000 // len(piece)))
    assert time.perf_counter() - started < 1.0


def test_a_notebook_stays_a_notebook() -> None:
    chosen = random.Random(3)
    cells = [{"source": [f'password = "{chosen.random()}xY!"\n', "print(1)\n"]} for _ in range(9)]
    said = redact(json.dumps({"cells": cells}))
    assert [cell["source"][0] for cell in json.loads(said)["cells"]] == [
        'password = "[redacted: password]"\n'
    ] * 9
