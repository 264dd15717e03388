"""Verify a closed round from its signed record: python verify_round.py RECORD.json PUBLISHED_KEY.pem"""
import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key


def text(value): return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
def need(holds, what): return holds or sys.exit(f"WRONG: {what}")
def root_of(level):  # as in RFC 6962: an odd one goes up as it is
    pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
    above = [sha256(b"\1" + b"".join(pair)).digest() if pair[1:] else pair[0] for pair in pairs]
    return root_of(above) if level[1:] else level[0]
def score_of(totals, method):  # the mean of the sheets that count, without the highest and the lowest
    kept, low, high = sorted(map(Decimal, totals)), method["drop_low"], method["drop_high"]
    if method["name"] == "trimmed_mean" and len(kept) >= method["trim_from"] and len(kept) > low + high:
        kept = kept[low : len(kept) - high]
    return str((sum(kept) / len(kept)).quantize(Decimal(1).scaleb(-method["decimals"]), ROUND_HALF_UP))
def place_of(line, sheets, tie):  # ranks go by the score, then by the cascade up to include_all
    place, low = [Decimal(line["score"])], Decimal(tie["low_mark"] or 0)
    cascade = " ".join(tie["cascade"] if tie["rule"] == "cascade" else [])
    for step in cascade.split("include_all")[0].split():
        marks = [Decimal(sheet["values"].get(step.removeprefix("criterion:"), 0)) for sheet in sheets]
        under = sum(Decimal(sheet["total"]) < low for sheet in sheets)
        place.append(-under if step == "fewer_low" else sum(marks) / len(marks))
    return place
def follow(name, chain, round_id):  # returns the sheets of the round that count and what the chain ends with
    last, counted = "0" * 64, {}
    for at, record in enumerate(chain, 1):
        said, place = record["content"], [record[key] for key in ("chain", "index", "previous")]
        need(place == [name, at, last], f"{name}#{at} is out of place")
        last = sha256(text({key: record[key] for key in record if key != "hash"})).hexdigest()
        need(record["hash"] == last, f"{name}#{at} was changed")
        if record["kind"] == "score_sheet" and said["round_id"] == round_id:
            counted[said["expert"]] = said
        elif record["kind"] == "sheets_set_aside":
            counted = {expert: s for expert, s in counted.items() if s["sheet_id"] not in said["sheets"]}
    return counted.values(), said, last
sys.excepthook = lambda kind, problem, trace: print(f"WRONG: {problem!r}", file=sys.stderr)
file = json.loads(Path(sys.argv[1]).read_text("utf-8"))
signed, rules, key = file["signed"], file["rules"], load_pem_public_key(Path(sys.argv[2]).read_bytes())
need(key.public_bytes_raw().hex() == file["public_key"], "the key is not the published one")
key.verify(bytes.fromhex(file["signature"]), text(signed))
need(sha256(text(rules)).hexdigest() == signed["rules_hash"], "the rules were changed")
cases = [follow(f"case:{name}", chain, signed["round_id"]) for name, chain in file["cases"].items()]
root = root_of([sha256(b"\0" + bytes.fromhex(last)).digest() for _, _, last in cases]).hex()
need(root == signed["merkle_root"] and len(cases) == signed["cases"], "the cases do not make the root")
placed = [(place_of(end, sheets, rules["tie"]), sheets, end) for sheets, end, _ in cases if "score" in end]
for place, sheets, line in placed:
    name, score = line["case_id"], score_of([sheet["total"] for sheet in sheets], rules["method"])
    need("mean" not in rules["method"]["name"] or line["score"] == score, f"{name}: its sheets make {score}")
    need(line["rank"] == 1 + sum(other[0] > place for other in placed), f"{name}: its rank")
said = f"{len(placed)} {rules['method']['name']} scores and ranks"
print(f"OK: signature, rules, root, {len(cases)} chains, {said}")
