"""What a hub runs beside JupyterHub itself: its configuration, its ledger of quotas and leases, and
its admin service."""
