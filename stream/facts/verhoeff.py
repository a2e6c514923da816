"""Verhoeff's check digit, the last digit of a SOR code.

A SOR code has the shape of a SNOMED CT identifier: number, namespace 1000016, partition, check digit. Source:
J. Verhoeff, Error Detecting Decimal Codes (1969), the dihedral group of order ten; confirmed on real SOR codes.
"""

from typing import Final


def _times(left: int, right: int) -> int:
    """Multiply in the dihedral group D5, whose elements are numbered 0-4 (turns) and 5-9 (flips)."""
    turn = (left + right if left < 5 else left - right) % 5  # noqa: PLR2004 - half the order of the group
    return turn + 5 * ((left >= 5) != (right >= 5))  # noqa: PLR2004 - half the order of the group


_TIMES: Final = tuple(tuple(_times(left, right) for right in range(10)) for left in range(10))
_STEP: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permutations() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_STEP[digit] for digit in rows[-1]))
    return tuple(rows)


_PERMUTE: Final = _permutations()


def _fold(digits: str, start: int) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits), start):
        total = _TIMES[total][_PERMUTE[place % 8][int(digit)]]
    return total


def check_digit(number: str) -> str:
    """Return the digit to write after `number` (decimal digits). Raises ValueError for anything else."""
    return str(_TIMES[_fold(number, 1)].index(0))


def is_valid(code: str) -> bool:
    """Tell whether the last digit of `code` checks. Text that is not all ASCII digits never does."""
    return code.isascii() and code.isdigit() and _fold(code, 0) == 0
