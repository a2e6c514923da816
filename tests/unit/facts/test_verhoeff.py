"""The check digit of SOR codes."""

import random

import pytest

from stream.facts.verhoeff import check_digit, is_valid

REAL = (
    "926731000016006",
    "275721000016002",
    "380011000016000",
    "384851000016002",
    "440781000016009",
    "900651000016000",
    "1095041000016007",
    "239081000016004",
    "244701000016009",
)


@pytest.mark.parametrize("code", REAL)
def test_a_real_sor_code_checks(code: str) -> None:
    assert is_valid(code)


@pytest.mark.parametrize("code", REAL)
def test_the_digit_of_a_real_code_is_found_again(code: str) -> None:
    assert check_digit(code[:-1]) == code[-1]


@pytest.mark.parametrize("code", ["239081000016005", "244701000016005", "440781000016008"])
def test_a_mistyped_code_of_the_public_lists_fails(code: str) -> None:
    assert not is_valid(code)


@pytest.mark.parametrize("code", REAL)
def test_every_single_wrong_digit_is_caught(code: str) -> None:
    wrong = [
        code[:place] + digit + code[place + 1 :]
        for place in range(len(code))
        for digit in "0123456789"
        if digit != code[place]
    ]
    assert not any(map(is_valid, wrong))


def test_every_swap_of_neighbours_is_caught() -> None:
    rng = random.Random(20)
    codes = [number + check_digit(number) for number in (f"{rng.randrange(10**14):014d}" for _ in range(200))]
    swaps = [
        code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        for code in codes
        for place in range(len(code) - 1)
        if code[place] != code[place + 1]
    ]
    assert not any(map(is_valid, swaps))


@pytest.mark.parametrize("text", ["", "44078100001600X", "\uff14\uff14", "44 0781000016009", "-1"])
def test_what_is_no_number_never_checks(text: str) -> None:
    assert not is_valid(text)
