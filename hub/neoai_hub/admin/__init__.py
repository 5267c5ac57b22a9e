"""The admin service: a service of JupyterHub's with pages for admins and everybody's own usage,
and the REST calls of the contract."""
