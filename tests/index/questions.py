"""Twenty questions in a person's words about `jupyter_server` 2.17.0, and where the answer is.

Written by reading the package before search was tried on them. A question that has two right
answers (the blocking and the async manager have the same code) names both lines.
"""

from __future__ import annotations

Answer = tuple[str, tuple[int, ...]]

QUESTIONS: list[tuple[str, Answer]] = [
    (
        "Where is a password compared with its stored hash?",
        ("jupyter_server/auth/security.py", (80,)),
    ),
    (
        "What shuts down a kernel that has been idle for too long?",
        ("jupyter_server/services/kernels/kernelmanager.py", (694,)),
    ),
    (
        "How does it avoid leaving a half-written file behind when saving goes wrong?",
        ("jupyter_server/services/contents/fileio.py", (89,)),
    ),
    (
        "Which other ports are tried when the port is already in use?",
        ("jupyter_server/serverapp.py", (216, 2682)),
    ),
    (
        "Where is the cookie set after logging in?",
        ("jupyter_server/auth/identity.py", (381,)),
    ),
    (
        "How are websockets kept alive with pings?",
        ("jupyter_server/base/websocket.py", (142,)),
    ),
    (
        "Where are cross-origin requests rejected?",
        ("jupyter_server/base/handlers.py", (435,)),
    ),
    (
        "When is the XSRF check skipped for requests with a token?",
        ("jupyter_server/base/handlers.py", (528,)),
    ),
    (
        "How do I mark a notebook as trusted?",
        ("jupyter_server/services/contents/manager.py", (694, 1066)),
    ),
    (
        "How are large files uploaded in chunks?",
        ("jupyter_server/services/contents/largefilemanager.py", (16, 62, 88, 135)),
    ),
    (
        "How does a new file get a name that isn't taken yet?",
        ("jupyter_server/services/contents/manager.py", (526, 921)),
    ),
    (
        "Where do deleted files go to the trash?",
        ("jupyter_server/services/contents/filemanager.py", (530, 995)),
    ),
    (
        "List the running sessions",
        ("jupyter_server/services/sessions/sessionmanager.py", (509,)),
    ),
    (
        "Turn a server extension on or off in the config",
        ("jupyter_server/extension/serverextension.py", (156,)),
    ),
    (
        "Restore a file from its checkpoint",
        ("jupyter_server/services/contents/filecheckpoints.py", (61, 148)),
    ),
    (
        "How are failed requests to the gateway retried?",
        ("jupyter_server/gateway/gateway_client.py", (759,)),
    ),
    (
        "Where is each HTTP request written to the log with its status and time?",
        ("jupyter_server/log.py", (47,)),
    ),
    (
        "Who asks for confirmation before the server is stopped with Ctrl-C?",
        ("jupyter_server/serverapp.py", (2454,)),
    ),
    (
        "Limit how many messages per second a kernel may send to the browser",
        ("jupyter_server/services/kernels/connection/channels.py", (652,)),
    ),
    (
        "How does the server stop itself when nobody has used it for a while?",
        ("jupyter_server/serverapp.py", (2577,)),
    ),
]
