"""The signed record of a closed round, as a file that anybody can verify without us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.errors import Conflict
from desk.counter import Counter, refuse_argument
from desk.options import Json, counter_of

FORMAT = "xinlv round record 1"


def add_to(groups: dict[str, typer.Typer]) -> None:
    """Add the command to the group of rounds."""
    groups["rounds"].command("record")(write_record)


def write_record(
    context: typer.Context,
    round_id: Annotated[str, typer.Argument(metavar="ROUND_ID")],
    out: Annotated[Path, typer.Option("--out", help="写入的文件。The file to write.")],
    as_json: Json = False,
) -> None:
    """导出评审存证。Write the signed record of a closed round; docs/verify_round.py verifies it."""
    counter = counter_of(context, as_json)

    def write() -> None:
        record = gather_record(counter, round_id)
        try:
            out.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise refuse_argument(
                "--out", "file", f"无法写入文件 {out}", f"Cannot write {out}: {why}."
            ) from None
        keys = {name: record[name] for name in ("key_id", "public_key")}
        told = {"file": str(out), **record["signed"], **keys}
        counter.show_one(told)

    counter.run(write)


def gather_record(counter: Counter, round_id: str) -> dict[str, Any]:
    """Return the record: rules, each case's chain up to its leaf, what is signed, signature and public key.

    Raises Conflict when the service itself finds something wrong, or the result changed meanwhile.
    """
    seal = counter.call("review.round_seal", round_id=round_id)
    if seal["findings"] or not seal["signature_holds"] or seal["recomputed"] != seal["merkle_root"]:
        problem = str(seal["findings"][0]) if seal["findings"] else "root or signature"
        raise Conflict(
            "该轮存证已不完整，不能导出；请运行 desk check。",
            "The round's record does not hold any more: see desk check.", problem=problem,
        )  # fmt: skip
    leaves = list(counter.every("review.round_leaves", round_id=round_id))
    again = counter.call("review.round_seal", round_id=round_id)
    if again["result_id"] != seal["result_id"] or len(leaves) != again["leaves"]:
        raise Conflict("结果刚被更新，请重试。", "The result was replaced just now: try again.")
    return {
        "format": FORMAT,
        **{name: seal[name] for name in ("signed", "signature", "key_id", "public_key", "rules")},
        "cases": {row["case_id"]: row["records"] for row in leaves},
    }  # fmt: skip
