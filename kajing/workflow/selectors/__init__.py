"""Reads of the room. Those of tasks stand here by name; approvals have a module of their own."""

from kajing.workflow.selectors.tasks import *  # noqa: F403
