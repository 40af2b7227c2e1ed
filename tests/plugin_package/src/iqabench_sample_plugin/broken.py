"""A plugin whose import fails, as they do when a dependency of theirs is missing."""

import a_library_that_nobody_has_installed  # noqa: F401
