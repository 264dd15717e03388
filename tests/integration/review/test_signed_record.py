"""The signed record of a closed round holds; a script of nothing of ours finds whatever is changed in it."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.errors import Conflict
from contracts.rpc import find_method
from contracts.rpc import review as rpc
from desk.commands.evidence import gather_record, write_record
from plumbing.store.chain import hash_of, merkle_root
from plumbing.store.plain import canonical
from services.review.sealing import SIGNED
from tests.integration.review.closed import close_a_track_round

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "verify_round.py"
PAGE = SCRIPT.with_name("verification.md")
HOLDS = "OK: signature, rules, root, "


def desk_of(world):
    """The desk's way to review, without a broker between them."""
    return SimpleNamespace(
        call=lambda name, **args: world.do(find_method(*name.split(".")), **args),
        every=lambda name, **args: iter(world.everything(find_method(*name.split(".")), **args)),
    )


def _do(work):
    return work()


def verify(record, folder, key=None):
    """Run the script as a stranger would: no path of ours, nothing but two files; its own key unless told."""
    file = folder / "record.json"
    if key is None:
        key = "own.pem"
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(record.get("public_key", "00" * 32)))
        (folder / key).write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    file.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file), key],
        capture_output=True, text=True, cwd=folder, timeout=60,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip()


def chain_again(record, case_id):
    """Make a case's chain whole again after something in it was changed, as a forger would."""
    previous = "0" * 64
    for index, row in enumerate(record["cases"][case_id], 1):
        row["index"], row["previous"] = index, previous
        previous = row["hash"] = hash_of(row)


def root_again(record):
    """Make the root fit the chains again."""
    leaves = [rows[-1]["hash"] for rows in record["cases"].values()]
    record["signed"]["merkle_root"] = merkle_root(leaves)


def sheets(record, case_id="case-2"):
    round_id = record["signed"]["round_id"]
    return [
        row for row in record["cases"][case_id]
        if row["kind"] == "score_sheet" and row["content"]["round_id"] == round_id
    ]  # fmt: skip


def line(record, case_id="case-2"):
    return record["cases"][case_id][-1]["content"]


def change_mark(record):
    values = sheets(record)[0]["content"]["values"]
    values[next(iter(values))] = "1"


def change_total_and_rechain(record):
    sheets(record)[0]["content"]["total"] = "99.0000"
    chain_again(record, "case-2")


def change_comment(record):
    sheets(record)[0]["content"]["comment"] = "很好。"


def drop_sheet(record):
    record["cases"]["case-2"].remove(sheets(record)[1])


def drop_sheet_and_rechain(record):
    drop_sheet(record)
    chain_again(record, "case-2")


def reorder_chain(record):
    rows = record["cases"]["case-2"]
    rows[1], rows[2] = rows[2], rows[1]


def replace_pseudonym(record):
    sheets(record)[0]["content"]["expert"] = "E-0123456789abcdef"


def swap_ranks(record):
    first, second = line(record, "case-2"), line(record, "case-3")
    first["rank"], second["rank"] = second["rank"], first["rank"]


def swap_ranks_and_reroot(record):
    swap_ranks(record)
    for case_id in ("case-2", "case-3"):
        chain_again(record, case_id)
    root_again(record)


def change_outcome(record):
    line(record)["outcome"] = "advanced"


def forge_all_but_the_signature(record):
    change_total_and_rechain(record)
    root_again(record)


def drop_case(record):
    del record["cases"]["case-4"]


def swap_cases(record):
    record["cases"] = dict(reversed(record["cases"].items()))


def swap_chains(record):
    cases = record["cases"]
    cases["case-1"], cases["case-2"] = cases["case-2"], cases["case-1"]


def change_method(record):
    record["rules"]["method"]["drop_high"] = 0


def change_rubric(record):
    record["rules"]["rubric"]["criteria"][0]["weight"] = "50"


def change_count(record):
    record["signed"]["advanced"] = 3


def change_time(record):
    record["signed"]["closed_at"] = "2025-01-01T00:00:00.000Z"


def change_signature(record):
    record["signature"] = record["signature"][:-2] + ("00" if record["signature"][-2:] != "00" else "01")


def forget_recusal(record):
    rows = record["cases"]["case-1"]
    rows.remove(next(row for row in rows if row["kind"] == "sheets_set_aside"))


def change_formal_decision(record):
    row = next(row for row in record["cases"]["case-1"] if row["kind"] == "formal_decision")
    row["content"]["what"] = "formal_fail"


TAMPERINGS = {
    change_mark: "was changed", change_total_and_rechain: "do not make the root",
    change_comment: "was changed", drop_sheet: "out of place",
    drop_sheet_and_rechain: "do not make the root", reorder_chain: "out of place",
    replace_pseudonym: "was changed", swap_ranks: "was changed", swap_ranks_and_reroot: "InvalidSignature",
    change_outcome: "was changed", forge_all_but_the_signature: "InvalidSignature",
    drop_case: "do not make the root", swap_cases: "do not make the root", swap_chains: "out of place",
    change_method: "rules were changed", change_rubric: "rules were changed",
    change_count: "InvalidSignature", change_time: "InvalidSignature", change_signature: "InvalidSignature",
    forget_recusal: "out of place", change_formal_decision: "was changed",
}  # fmt: skip


def sign_as(key, record):
    """Sign whatever the record says now with somebody's own key."""
    record["signature"] = key.sign(canonical(record["signed"]).encode()).hex()
    record["public_key"] = key.public_key().public_bytes_raw().hex()


def publish(public, file):
    """Follow docs/verification.md: write the public half out of a keyring into a file of its own."""
    kept = {
        "issuer": "review",
        "public": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    }
    keyring = file.with_name("keyring.json")
    keyring.write_text(json.dumps({"review-0a1b2c3d": kept}), encoding="utf-8")
    (command,) = re.findall(
        r"^    (python -c .*) > review\.pem$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    command = command.replace("DIR/keys/keyring.json", str(keyring)).replace("KEY_ID", "review-0a1b2c3d")
    command = command.replace("python", sys.executable, 1)
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True, timeout=60)
    file.write_text(done.stdout, encoding="utf-8")


def test_the_script_has_no_more_lines_than_the_page_says():
    lines = [line for line in SCRIPT.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 54


def test_a_closed_round_verifies_and_each_tampering_is_found_and_named(contest, tmp_path):
    world, round_id = close_a_track_round(contest)
    record = gather_record(desk_of(world), round_id)
    assert verify(record, tmp_path) == (0, HOLDS + "4 chains, 4 trimmed_mean scores and ranks")
    # the key as it stands in the keyring: the page says how it becomes a file
    raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(record["public_key"]))
    publish(raw, tmp_path / "review.pem")
    assert verify(record, tmp_path, "review.pem")[0] == 0
    publish(Ed25519PrivateKey.generate().public_key(), tmp_path / "another.pem")
    assert verify(record, tmp_path, "another.pem") == (1, "WRONG: the key is not the published one")
    assert verify(record, tmp_path, "no-such.pem")[0] == 1
    for tamper, wanted in TAMPERINGS.items():
        changed = copy.deepcopy(record)
        tamper(changed)
        assert changed != record or tamper is swap_cases
        code, said = verify(changed, tmp_path)
        assert code == 1 and said.startswith("WRONG: ") and wanted in said, (tamper.__name__, said)

    # a forger with a key of his own is told by the published one, and where he forgets the sums, by these
    forged = copy.deepcopy(record)
    forge_all_but_the_signature(forged)
    sign_as(Ed25519PrivateKey.generate(), forged)
    assert verify(forged, tmp_path, "review.pem") == (1, "WRONG: the key is not the published one")
    assert "case-2: its sheets make" in verify(forged, tmp_path)[1]
    forged = copy.deepcopy(record)
    swap_ranks_and_reroot(forged)
    sign_as(Ed25519PrivateKey.generate(), forged)
    assert "its rank" in verify(forged, tmp_path)[1]
    assert verify({"signed": {}}, tmp_path)[0] == 1

    # the desk writes that very file
    out = tmp_path / "desk.json"
    shown = {}
    at_desk = SimpleNamespace(**vars(desk_of(world)), run=_do, as_json=True, show_one=shown.update)
    write_record(SimpleNamespace(ensure_object=lambda kind: at_desk), round_id, out, True)
    assert json.loads(out.read_text(encoding="utf-8")) == record
    assert shown["merkle_root"] == record["signed"]["merkle_root"]

    # nobody is named, and the event says the same as the record
    text = json.dumps(record)
    assert not any(f'expert-{number}"' in text for number in range(1, 9))
    told = world.told("RoundClosed")[-1].data
    assert told["signature"] == record["signature"]
    assert {name: told[name] for name in SIGNED} == record["signed"]
    assert told["rules_hash"] == hashlib.sha256(canonical(record["rules"]).encode()).hexdigest()


def test_other_results_and_formal_rounds_have_records_of_their_own(contest, tmp_path):
    world, round_id = close_a_track_round(contest)
    before = gather_record(desk_of(world), round_id)
    world.do(rpc.supersede_result, round_id=round_id, name="标准化复算", method="standardised", reason="复核")
    world.review.run_jobs()
    after = gather_record(desk_of(world), round_id)
    assert after["signed"]["result_id"] != before["signed"]["result_id"]
    assert "4 standardised scores" in verify(after, tmp_path)[1]
    # the old record still holds: what it was signed over was only added to
    assert verify(before, tmp_path)[0] == 0
    formal = world.everything(rpc.list_rounds)[0]["round_id"]
    record = gather_record(desk_of(world), formal)
    assert verify(record, tmp_path) == (0, HOLDS + "5 chains, 0 agreement scores and ranks")
    assert {rows[-1]["kind"] for rows in record["cases"].values()} == {"formal_result"}
    world.review.store.collection("records").update_one(
        {"chain": "case:case-1", "kind": "score_sheet"}, {"$set": {"content.comment": "x"}}
    )
    with pytest.raises(Conflict):
        gather_record(desk_of(world), formal)
