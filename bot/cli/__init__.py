"""The command `nhanh8`: parses, calls, and maps an error to a sentence and an exit code."""
