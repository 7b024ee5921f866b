"""A package, so that what it starts is stopped when its tests are over."""
