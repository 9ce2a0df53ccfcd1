"""The job backend behind `django_tasks`: rows with leases (platform 2.1, rule R21)."""
