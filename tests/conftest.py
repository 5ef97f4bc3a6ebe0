"""Settings that hold for all tests."""

from hypothesis import settings

settings.register_profile("epidot", deadline=None, derandomize=True)
settings.load_profile("epidot")
