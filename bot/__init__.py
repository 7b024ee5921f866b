"""nhanh8: an offline Vietnamese voice bot for branch 8 of hotline 1900.9068."""

__version__ = "0.1.0"
