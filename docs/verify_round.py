"""Verify a closed round from its signed record: python verify_round.py RECORD.json [KEY.pem, or it in hex]"""
import hashlib
import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Key
from cryptography.hazmat.primitives.serialization import load_pem_public_key as load


def text(value): return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
def sha(data): return hashlib.sha256(data).digest()
def raw(key): return load(Path(key).read_bytes()).public_bytes_raw().hex() if Path(key).is_file() else key
def need(holds, what): return holds or sys.exit(f"WRONG: {what}")
def root_of(level):  # as in RFC 6962: an odd one goes up as it is
    pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
    return root_of([sha(b"\1" + b"".join(p)) if p[1:] else p[0] for p in pairs]) if level[1:] else level[0]
def score_of(totals, method):  # the mean of the sheets that count, without the highest and the lowest
    kept, low, high = sorted(map(Decimal, totals)), method["drop_low"], method["drop_high"]
    if method["name"] == "trimmed_mean" and len(kept) >= method["trim_from"] and len(kept) > low + high:
        kept = kept[low : len(kept) - high]
    return str((sum(kept) / len(kept)).quantize(Decimal(1).scaleb(-method["decimals"]), ROUND_HALF_UP))
def place_of(line, sheets, rules):  # ranks go by the score, then the cascade up to include_all
    place, steps, low = [Decimal(line["score"])], rules["tie"]["cascade"], rules["tie"]["low_mark"]
    for step in steps[: [*steps, "include_all"].index("include_all")]:
        marks = [Decimal(sheet["values"].get(step.removeprefix("criterion:"), 0)) for sheet in sheets]
        under = [sheet for sheet in sheets if low and Decimal(sheet["total"]) < Decimal(low)]
        place.append(-len(under) if step == "fewer_low" else sum(marks) / len(marks))
    return place if rules["tie"]["rule"] == "cascade" else place[:1]
def follow(name, chain, round_id):  # returns the sheets of the round that count and what the chain ends with
    last, counted = "0" * 64, {}
    for at, record in enumerate(chain, 1):
        said, place = record["content"], (record["chain"], record["index"], record["previous"])
        need(place == (name, at, last), f"{name}#{at} is out of place")
        last = sha(text({key: record[key] for key in record if key != "hash"})).hex()
        need(record["hash"] == last, f"{name}#{at} was changed")
        if record["kind"] == "score_sheet" and said["round_id"] == round_id:
            counted[said["expert"]] = said
        elif record["kind"] == "sheets_set_aside":
            counted = {expert: s for expert, s in counted.items() if s["sheet_id"] not in said["sheets"]}
    return counted.values(), said, last
try:
    file = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    signed, key, method = file["signed"], file["public_key"], file["rules"]["method"]
    published = raw(sys.argv[2]) if sys.argv[2:] else key
    need(key == published, "the key is not the published one")
    Key.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(file["signature"]), text(signed))
    need(sha(text(file["rules"])).hex() == signed["rules_hash"], "the rules were changed")
    cases = [follow(f"case:{name}", chain, signed["round_id"]) for name, chain in file["cases"].items()]
    root = root_of([sha(b"\0" + bytes.fromhex(last)) for _, _, last in cases]).hex()
    need(root == signed["merkle_root"] and len(cases) == signed["cases"], "the cases do not make the root")
    scored = [case for case in cases if "score" in case[1]]
    places = sorted((place_of(line, sheets, file["rules"]) for sheets, line, _ in scored), reverse=True)
    for sheets, line, _ in scored:
        score, name = score_of([sheet["total"] for sheet in sheets], method), line["case_id"]
        need(line["score"] == score or "mean" not in method["name"], f"{name}: its sheets make {score}")
        need(line["rank"] == places.index(place_of(line, sheets, file["rules"])) + 1, f"{name}: its rank")
    print(f"OK: signature, rules, root, {len(cases)} chains, {len(scored)} {method['name']} scores and ranks")
except Exception as problem:
    sys.exit(f"WRONG: {problem!r}")
