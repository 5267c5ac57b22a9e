# A Kubernetes cluster; the hub runs in a pod of it, users sign in with the organisation's OpenID.
from neoai_hub.config import configure

c = get_config()  # noqa: F821  (JupyterHub's)
configure(
    c,
    {
        "hub": {"bind_url": "http://0.0.0.0:8000", "data_dir": "/srv/neoai"},
        "database": {
            "url": "postgresql+psycopg://neoai@postgres/neoai",
            "jupyterhub_url": "postgresql+psycopg://neoai@postgres/neoai",
        },
        "authentication": {
            "kind": "oidc",
            "oidc": {
                "authorize_url": "https://id.example.org/auth",
                "token_url": "https://id.example.org/token",
                "userdata_url": "https://id.example.org/me",
                "client_id": "neoai",
                "client_secret_file": "/run/secrets/neoai-oidc",
                "callback_url": "https://hub.example.org/hub/oauth_callback",
                "admin_groups": ["hub-admins"],
            },
        },
        "spawner": {"kind": "kubernetes", "image": "registry.example.org/neoai:1"},
    },
)
# Pods reach the hub by its service's name.
c.JupyterHub.hub_ip = "0.0.0.0"  # noqa: S104  (a NetworkPolicy says who reaches it)
c.JupyterHub.hub_connect_ip = "hub"
