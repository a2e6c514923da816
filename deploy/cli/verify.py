"""`fristvagt verify`: golden cases against the rules in force."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.output import progress
from deploy.errors import AnswerNoError, BadInputError
from deploy.rules import rule_files
from stream.verify import CasesError, read_cases
from stream.verify import verify as verify_cases


def verify(
    file: Annotated[Path, typer.Argument(metavar="CASES.jsonl", help="Golden cases, one JSON object a line.")],
) -> None:
    """Run golden cases and print each mismatch.

    Exit code 1 if a case differs from what it expects.
    """
    engine = rule_files().load_engine()
    try:
        cases = read_cases(file)
    except CasesError as error:
        raise BadInputError(str(error)) from error
    wrong = 0
    with progress("verifying", len(cases)) as advance:
        for result in verify_cases(engine, cases):
            advance(1)
            wrong += bool(result.mismatches)
            for mismatch in result.mismatches:
                typer.echo(f"{result.id}: {mismatch}")
    typer.echo(f"{len(cases) - wrong} of {len(cases)} cases agree")
    if wrong:
        raise AnswerNoError(f"{wrong} of {len(cases)} cases differ")
