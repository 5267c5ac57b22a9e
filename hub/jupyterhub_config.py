# A laptop, or any one machine: `make hub`, or `jupyterhub -f hub/jupyterhub_config.py`.
#
# Settings are in neoai_hub.toml (docs/admins/hub.md lists them); what is set on `c` below
# `configure` wins. Servers are Docker containers where an engine answers, else local processes.
from neoai_hub.config import configure

c = get_config()  # noqa: F821  (JupyterHub's)
configure(c)
