# One Docker host for a team, behind a TLS proxy of its own (nginx, Caddy, …).
from neoai_hub.config import configure

c = get_config()  # noqa: F821  (JupyterHub's)
configure(
    c,
    {
        "hub": {
            "bind_url": "http://127.0.0.1:8000",
            "data_dir": "/srv/neoai",
            # Each user's server on a subdomain of its own: no page can act as another user.
            "subdomain_host": "https://hub.example.org",
            "admins": ["root-of-trust"],
        },
        "spawner": {"kind": "docker", "image": "neoai:latest"},
        "catalogue": {
            "profiles": [
                {"name": "small", "title": "Small", "cpus": 2, "memory": "4G"},
                {"name": "gpu", "cpus": 8, "memory": "32G", "gpus": 1, "groups": ["ml"]},
            ]
        },
    },
)
