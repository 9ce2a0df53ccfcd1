"""What the process that is forked loads beforehand; `tests.crashes` names this module to it."""

import os

import django

# The keys of the tests' own home are everybody's keys.
os.environ["KAJING_TEST_HOME"] = os.environ["KAJING_HOME"]
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

import kajing.analytics.pipeline  # noqa: E402
import kajing.config.nightly  # noqa: E402, F401
