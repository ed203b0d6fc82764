"""Imports a module that nobody has installed."""

import os

import framework_that_nobody_has  # type: ignore[import-not-found]  # the point of this program

framework_that_nobody_has.serve(os.environ["HOST"], int(os.environ["PORT"]))
