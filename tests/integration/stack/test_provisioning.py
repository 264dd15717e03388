"""What is declared is brought about on parts that are there already, whatever stood on them before."""

from __future__ import annotations

import copy
import json

import pytest
from minio import Minio
from minio.error import S3Error
from minio.versioningconfig import SUSPENDED, VersioningConfig
from pymongo import MongoClient

from plumbing.settings import SERVICES
from runner.provision import provision_given, provision_mongo
from runner.provision_storage import clients_of, policy_of, provision_storage
from runner.stack import StackError

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def operator(own_stack):
    return own_stack.environment()


@pytest.fixture
def keys(own_stack, operator):
    """The services' keys, to be changed freely; afterwards the stack's own are declared again."""
    yield copy.deepcopy(own_stack.secrets["services"])
    provision_storage(operator, own_stack.secrets["services"])
    assert provision_storage(operator, own_stack.secrets["services"], dry_run=True) == []


def can_sign_in(operator, own):
    place = operator["XINLV_S3_URL"].removeprefix("http://")
    client = Minio(
        place, own["s3_access_key"], own["s3_secret_key"], region=operator["XINLV_S3_REGION"], secure=False
    )
    try:
        list(client.list_objects("publications"))
        return True
    except S3Error:
        return False


def test_a_new_secret_of_a_known_key_is_set(operator, keys):
    keys["review"]["s3_secret_key"] = "another-word-of-the-review-service"
    assert not can_sign_in(operator, keys["review"])
    assert provision_storage(operator, keys, dry_run=True) == ["storage user review: changed"]
    assert not can_sign_in(operator, keys["review"])
    assert provision_storage(operator, keys) == ["storage user review: changed"]
    assert can_sign_in(operator, keys["review"])
    assert provision_storage(operator, keys) == []


def test_an_old_key_ends_when_a_new_one_is_declared_and_others_keys_stay(operator, keys):
    _, admin = clients_of(operator)
    others = {"s3_access_key": "somebody-else", "s3_secret_key": "somebody-elses-word"}
    admin.user_add(*others.values())
    admin.policy_set("readonly", user="somebody-else")
    old = dict(keys["awards"])
    keys["awards"]["s3_access_key"] = "awards-new"
    said = ["storage user awards: missing", "storage user awards: an old key"]
    assert provision_storage(operator, keys, dry_run=True) == said
    assert can_sign_in(operator, old)
    assert provision_storage(operator, keys) == said
    assert can_sign_in(operator, keys["awards"])
    assert not can_sign_in(operator, old)
    assert "somebody-else" in json.loads(admin.user_list())
    admin.user_remove("somebody-else")


def test_a_policy_that_was_changed_or_taken_away_is_set_again(operator, keys):
    _, admin = clients_of(operator)
    admin.policy_add("xinlv-notify", policy=policy_of("submission"))
    admin.policy_set("xinlv-registration", user=keys["review"]["s3_access_key"])
    admin.user_disable(keys["awards"]["s3_access_key"])
    said = [
        "storage policy xinlv-notify: changed",
        "storage user review: changed",
        "storage user awards: changed",
    ]
    assert provision_storage(operator, keys) == said
    assert provision_storage(operator, keys) == []
    assert can_sign_in(operator, keys["awards"])


def test_a_bucket_without_versions_gets_them(operator, keys):
    client, _ = clients_of(operator)
    client.set_bucket_versioning("materials", VersioningConfig(SUSPENDED))
    assert provision_storage(operator, keys) == ["bucket materials: without versions"]
    assert client.get_bucket_versioning("materials").status == "Enabled"


def test_the_administrators_of_the_guide_are_enough(own_stack, operator, keys, own_mongo):
    """docs/operations.md names the rights that an operator needs on parts of his own."""
    own_mongo.admin.command("createUser", "guide", pwd="word-of-the-guide", roles=["userAdminAnyDatabase"])
    _, admin = clients_of(operator)
    admin.user_add("guide", "word-of-the-guide")
    admin.policy_set("consoleAdmin", user="guide")
    told = operator | {"XINLV_S3_ACCESS_KEY": "guide", "XINLV_S3_SECRET_KEY": "word-of-the-guide"}
    keys["notify"]["s3_secret_key"] = "another-word-of-the-notify-service"
    assert provision_storage(told, keys) == ["storage user notify: changed"]
    with MongoClient(operator["XINLV_MONGO_URL"]) as client:
        host, port = client.address
    url = f"mongodb://guide:word-of-the-guide@{host}:{port}/?replicaSet=xinlv&authSource=admin"
    passwords = {name: own_stack.secrets["services"][name]["password"] for name in SERVICES}
    changed = passwords | {"notify": "another-word-of-notify"}
    assert provision_mongo(url, changed) == ["mongo user notify: changed"]
    assert provision_mongo(url, passwords) == ["mongo user notify: changed"]
    own_mongo.admin.command("dropUser", "guide")
    admin.user_remove("guide")


def test_what_a_part_refuses_is_one_line_and_no_password(operator, keys, own_stack, tmp_path, monkeypatch):
    passwords = {name: own_stack.secrets["services"][name]["password"] for name in SERVICES}
    host = operator["XINLV_MONGO_URL"].rpartition("@")[2]
    wrong = operator | {"XINLV_S3_SECRET_KEY": "wrong-word-of-somebody"}
    no_minio = operator | {"XINLV_S3_URL": operator["XINLV_BROKER_MANAGEMENT_URL"]}
    nobody = operator | {"XINLV_S3_URL": "http://127.0.0.1:9"}
    _, admin = clients_of(operator)
    admin.user_add("objects-only", "word-of-objects-only")
    admin.policy_set("readwrite", user="objects-only")
    mere = operator | {
        "XINLV_S3_ACCESS_KEY": "objects-only",
        "XINLV_S3_SECRET_KEY": "word-of-objects-only",
    }
    for work, named in [
        (lambda: provision_storage(wrong, keys), "storage: "),
        (lambda: provision_storage(no_minio, keys), "storage: "),
        (lambda: provision_storage(nobody, keys), "storage: "),
        (lambda: provision_storage(mere, keys), "must be a MinIO whose administrator"),
        (lambda: provision_mongo(f"mongodb://nobody:wrong-word@{host}", passwords), "mongo: "),
    ]:
        with pytest.raises(StackError, match=named) as refused:
            work()
        assert "\n" not in str(refused.value)
        assert "wrong-word" not in str(refused.value)
    admin.user_remove("objects-only")
    for name, value in operator.items():
        if name.startswith("XINLV_"):
            monkeypatch.setenv(name, value)
    file = tmp_path / "credentials.json"
    monkeypatch.setenv("XINLV_CREDENTIALS_FILE", str(file))
    for text in ("{", "[]", "{}", json.dumps({**own_stack.secrets, "clients": {}})):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(StackError, match="XINLV_CREDENTIALS_FILE"):
            provision_given(dry_run=True)
    file.write_text(json.dumps(own_stack.secrets), encoding="utf-8")
    assert provision_given(dry_run=True) == []
