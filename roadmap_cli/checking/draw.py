"""Random data that nobody can know in advance, and that `--seed` brings back byte for byte."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "di",
    "du",
    "fa",
    "fe",
    "go",
    "ha",
    "ka",
    "ke",
    "ki",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pe",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "vi",
    "za",
]
_NAME_ENDS = ["n", "r", "s", "t", "l"]


class Draw:
    """A source of data that depends on the seed and a name alone."""

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        self._random = random.Random(digest)

    def word(self) -> str:
        """A pronounceable word of small letters."""
        return "".join(self.pick(_SYLLABLES) for _ in range(self.integer(2, 4)))

    def words(self, count: int) -> str:
        """*count* words with spaces between them."""
        return " ".join(self.word() for _ in range(count))

    def title(self) -> str:
        """Two to four capitalised words."""
        return " ".join(self.word().capitalize() for _ in range(self.integer(2, 4)))

    def capital_word(self, length: int = 8) -> str:
        """One capital and small letters, *length* in all: sorts alike under every collation."""
        return self.text(length).capitalize()

    def name(self) -> str:
        """A person's name, as good as unique."""
        first, last = (self.word() + self.pick(_NAME_ENDS) for _ in range(2))
        return f"{first.capitalize()} {last.capitalize()}{self.text(4)}"

    def email(self) -> str:
        """An address in small letters, as good as unique."""
        return f"{self.word()}.{self.text(12)}@example.com"

    def password(self) -> str:
        """A password of 14 to 20 characters with letters of both cases, a digit and a sign."""
        return f"{self.text(self.integer(6, 10)).capitalize()}{self.integer(100, 999)}-{self.text(6)}"

    def isbn13(self) -> str:
        """Thirteen digits that begin with 978 and end in the right check digit, never 0: the rare cases are a check's."""
        while True:
            digits = f"978{self.integer(0, 10**9 - 1):09d}"
            total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
            if total % 10:
                return f"{digits}{-total % 10}"

    def text(self, length: int) -> str:
        """*length* small letters."""
        return "".join(self._random.choices(_LETTERS, k=length))

    def integer(self, low: int, high: int) -> int:
        """An integer from *low* to *high*, both included."""
        return self._random.randint(low, high)

    def chance(self, probability: float) -> bool:
        """True as often as *probability* says."""
        return self._random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of *options*."""
        return self._random.choice(options)

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """*count* different ones of *options*."""
        return self._random.sample(list(options), count)

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """*options* in another order."""
        return self._random.sample(list(options), len(options))
