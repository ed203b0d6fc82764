"""Cannot be compiled. The mistake is in a string, so that linters can read this file; Python reports line 6 of it."""

SOURCE = "\n" * 5 + "def health(:"

exec(compile(SOURCE, __file__, "exec"))
