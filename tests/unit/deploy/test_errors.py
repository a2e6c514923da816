from deploy.errors import AnswerNoError, BadInputError


def test_a_message_is_one_line_however_it_was_written() -> None:
    assert BadInputError("first\n  second").line == "first second"


def test_bad_input_ends_with_two() -> None:
    assert BadInputError.exit_code == 2


def test_the_answer_no_ends_with_one() -> None:
    assert AnswerNoError.exit_code == 1
