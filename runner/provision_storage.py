"""Buckets, access keys and policies on MinIO: what services need of the store; may be run again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from plumbing.settings import SERVICES

if TYPE_CHECKING:
    from minio import Minio, MinioAdmin

INCOMING, MATERIALS, PUBLICATIONS = "incoming", "materials", "publications"
READ, WRITE = ("s3:GetObject", "s3:GetObjectVersion"), ("s3:PutObject", "s3:DeleteObject")
LOOK = ("s3:ListBucket", "s3:GetBucketLocation")
# what each service may do in which bucket; that all may look at publications tells whether a key is good
RIGHTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "registration": {PUBLICATIONS: READ},
    "submission": {INCOMING: READ + WRITE, MATERIALS: READ + WRITE, PUBLICATIONS: READ},
    "review": {PUBLICATIONS: READ},
    "awards": {PUBLICATIONS: READ + WRITE},
    "notify": {PUBLICATIONS: READ},
}
POLICIES = {f"xinlv-{service}": service for service in SERVICES}
"""The names by which our users are told from those of others on the same store."""


def provision_storage(
    operator: Mapping[str, str], keys: Mapping[str, Mapping[str, str]], *, dry_run: bool = False
) -> list[str]:
    """Bring the three buckets and one access key a service, with rights on its own buckets only, about.

    Keys that carry one of our policies and are not a service's any more are removed: an old key ends when its
    successor is declared. Returns a line per difference; StackError where the store refuses or is no MinIO.
    """
    from minio.error import MinioAdminException, MinioException
    from urllib3.exceptions import HTTPError

    from runner.stack import StackError

    try:
        client, admin = clients_of(operator)
        differences = _declare_buckets(client, operator["XINLV_S3_REGION"], dry_run)
        users: dict[str, Any] = json.loads(admin.user_list() or "{}")
        for policy, service in POLICIES.items():
            differences += _declare_policy(admin, policy, service, dry_run)
        for policy, service in POLICIES.items():
            differences += _declare_user(operator, admin, users, (policy, service, keys[service]), dry_run)
        return differences + _remove_old_users(admin, users, keys, dry_run)
    except (MinioException, HTTPError, OSError) as error:
        raise StackError(f"storage: {' '.join(str(error).split())[:300]}") from None
    except (MinioAdminException, ValueError) as error:
        what = "XINLV_S3_URL must be a MinIO whose administrator XINLV_S3_ACCESS_KEY is"
        raise StackError(f"storage: {what}: {' '.join(str(error).split())[:200]}") from None


def policy_of(service: str) -> dict[str, Any]:
    """The S3 policy of one service."""
    statements = []
    for bucket, actions in RIGHTS[service].items():
        statements.append({"Effect": "Allow", "Action": list(LOOK), "Resource": [f"arn:aws:s3:::{bucket}"]})
        statements.append(
            {"Effect": "Allow", "Action": list(actions), "Resource": [f"arn:aws:s3:::{bucket}/*"]}
        )
    return {"Version": "2012-10-17", "Statement": statements}


def _declare_buckets(client: Minio, region: str, dry_run: bool) -> list[str]:
    from minio.commonconfig import ENABLED
    from minio.versioningconfig import VersioningConfig

    differences = []
    for bucket in (INCOMING, MATERIALS, PUBLICATIONS):
        there = client.bucket_exists(bucket)
        if not there:
            differences.append(f"bucket {bucket}: missing")
            if not dry_run:
                client.make_bucket(bucket, location=region)
        if bucket == MATERIALS and not (there and client.get_bucket_versioning(bucket).status == ENABLED):
            if there:
                differences.append(f"bucket {bucket}: without versions")
            if not dry_run:
                client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    return differences


def _declare_policy(admin: MinioAdmin, policy: str, service: str, dry_run: bool) -> list[str]:
    kept = json.loads(admin.policy_list() or "{}").get(policy)
    if kept is not None and _in_order(kept) == _in_order(policy_of(service)):
        return []
    if not dry_run:
        admin.policy_add(policy, policy=policy_of(service))
    return [f"storage policy {policy}: {'missing' if kept is None else 'changed'}"]


def _declare_user(
    operator: Mapping[str, str],
    admin: MinioAdmin,
    users: Mapping[str, Any],
    wanted: tuple[str, str, Mapping[str, str]],
    dry_run: bool,
) -> list[str]:
    policy, service, own = wanted
    key, secret = own["s3_access_key"], own["s3_secret_key"]
    kept = users.get(key)
    if kept and kept.get("policyName") == policy and _signs_in(operator, key, secret):
        return []
    if not dry_run:
        # an existing one gets this secret and is enabled again
        admin.user_add(key, secret)
        admin.policy_set(policy, user=key)
    return [f"storage user {service}: {'changed' if kept else 'missing'}"]


def _remove_old_users(
    admin: MinioAdmin, users: Mapping[str, Any], keys: Mapping[str, Mapping[str, str]], dry_run: bool
) -> list[str]:
    listed = {keys[service]["s3_access_key"] for service in SERVICES}
    differences = []
    for key, kept in users.items():
        if kept.get("policyName") in POLICIES and key not in listed:
            differences.append(f"storage user {POLICIES[kept['policyName']]}: an old key")
            if not dry_run:
                admin.user_remove(key)
    return differences


def _signs_in(operator: Mapping[str, str], key: str, secret: str) -> bool:
    """Whether the store takes this key; every service may list what is published."""
    from minio.error import S3Error

    client, _ = clients_of({**operator, "XINLV_S3_ACCESS_KEY": key, "XINLV_S3_SECRET_KEY": secret})
    try:
        next(iter(client.list_objects(PUBLICATIONS)), None)
        return True
    except S3Error:
        return False


def clients_of(operator: Mapping[str, str]) -> tuple[Minio, MinioAdmin]:
    """The driver's client for objects and the one for users, by the operator's settings."""
    import certifi
    import urllib3
    from minio import Minio, MinioAdmin
    from minio.credentials import StaticProvider

    address = urlsplit(operator["XINLV_S3_URL"])
    key, secret = operator["XINLV_S3_ACCESS_KEY"], operator["XINLV_S3_SECRET_KEY"]
    told: dict[str, Any] = {
        "region": operator["XINLV_S3_REGION"],
        "secure": address.scheme == "https",
        # the drivers' own pools would wait for minutes
        "http_client": urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5.0, read=30.0),
            retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
            ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        ),
    }
    admin = MinioAdmin(endpoint=address.netloc, credentials=StaticProvider(key, secret), **told)
    return Minio(address.netloc, key, secret, **told), admin


def _in_order(policy: Mapping[str, Any]) -> list[tuple[str, list[str], list[str]]]:
    """A policy's statements so that the store's own order of things makes no difference."""
    return sorted(
        (one["Effect"], sorted(one["Action"]), sorted(one["Resource"])) for one in policy["Statement"]
    )
