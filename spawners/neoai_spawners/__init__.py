"""JupyterHub's spawners with profiles, quotas and GPU leases that hold alike on Docker, Swarm,
Kubernetes and local processes."""
