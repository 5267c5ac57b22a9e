"""Quotas: what users and groups may take, reserved before a start, metered while it runs."""
