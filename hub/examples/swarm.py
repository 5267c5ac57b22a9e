# Several hosts with Docker Swarm; the hub runs on a manager. PostgreSQL instead of SQLite.
from neoai_hub.config import configure

c = get_config()  # noqa: F821  (JupyterHub's)
configure(
    c,
    {
        "hub": {"bind_url": "http://0.0.0.0:8000", "data_dir": "/srv/neoai"},
        "database": {
            # The password comes from ~/.pgpass or PGPASSWORD.
            "url": "postgresql+psycopg://neoai@db.example.org/neoai",
            "jupyterhub_url": "postgresql+psycopg://neoai@db.example.org/neoai",
        },
        "spawner": {"kind": "swarm", "image": "registry.example.org/neoai:1"},
        # GPUs of the other hosts are not seen from here: name them.
        "gpus": {"devices": [{"id": "GPU-0", "kind": "A100", "node": "gpu-1"}]},
    },
)
# The address of the manager at which every node's containers reach the hub.
c.JupyterHub.hub_ip = "10.0.0.5"
