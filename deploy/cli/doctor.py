"""`fristvagt doctor`: whether everything is in place."""

import asyncio
import json
from typing import Annotated

import typer

from deploy.doctor import Finding, examine
from deploy.errors import AnswerNoError
from deploy.settings import Settings, load_settings


def doctor(
    *,
    create: Annotated[bool, typer.Option("--create", help="Make topics that are missing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Check configuration, data files and every server; make the topics.

    One line a check: what was found, or what to do. Exit code 1 if a check failed.
    """
    findings = asyncio.run(_look(load_settings(), create=create, aloud=not as_json))
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False))
    wrong = sum(not finding.good for finding in findings)
    if wrong:
        raise AnswerNoError(f"{wrong} of {len(findings)} checks failed")


async def _look(settings: Settings, *, create: bool, aloud: bool) -> list[Finding]:
    findings = []
    async for finding in examine(settings, create=create):
        findings.append(finding)
        if aloud:
            mark = typer.style("ok  ", fg="green") if finding.good else typer.style("FAIL", fg="red", bold=True)
            typer.echo(f"{mark}  {finding.name:<10} {finding.text}")
    return findings
