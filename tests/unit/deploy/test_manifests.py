"""Containers and Kubernetes get what services read: every manifest parses, renders and fits the settings."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from plumbing.settings import SERVICES, Settings
from runner.install import write_secrets

ROOT = Path(__file__).resolve().parents[3]
KUBECTL = shutil.which("kubectl")


def read_all(file: Path) -> list[dict]:
    return [document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document]


def literals_of(overlay: str) -> dict[str, str]:
    (document,) = read_all(ROOT / "k8s/overlays" / overlay / "kustomization.yaml")
    return dict(line.split("=", 1) for line in document["configMapGenerator"][0]["literals"])


@pytest.mark.parametrize(
    "file", sorted((ROOT / "k8s").rglob("*.yaml")), ids=lambda file: str(file.relative_to(ROOT))
)
def test_every_manifest_parses_and_names_files_that_exist(file):
    for document in read_all(file):
        assert document["kind"]
        assert document["apiVersion"]
        for named in [*document.get("resources", []), *document.get("components", [])]:
            assert (file.parent / named).exists(), named


@pytest.fixture
def secrets(tmp_path):
    write_secrets(tmp_path / "secrets", "mq:5672", "db-0:27017,db-1:27017", "smtp://mail:25")
    return tmp_path / "secrets"


@pytest.mark.parametrize("overlay", ["dev", "prod"])
def test_an_overlay_and_the_made_secrets_are_all_a_service_needs(overlay, secrets):
    for service in SERVICES:
        told = literals_of(overlay) | {"XINLV_SECRETS_FOLDER": str(secrets / service)}
        settings = Settings.from_environment(service, told)
        assert settings.http_host == "0.0.0.0"
        assert settings.amqp_url.startswith(f"amqp://{service}:")
        assert settings.mongo_url.endswith("@db-0:27017,db-1:27017/?replicaSet=xinlv&authSource=admin")
        assert {key["issuer"] for key in settings.keyring.values()} == set(SERVICES)
        assert bool(settings.bootstrap_secret) == (service == "registration")
    assert literals_of(overlay).keys() == literals_of("dev").keys()


def test_secrets_are_kept_when_addresses_change(secrets):
    before = (secrets / "review" / "SIGNING_KEY").read_text(encoding="utf-8")
    write_secrets(secrets, "other:5672", "db:27017", "smtp://mail:25")
    assert (secrets / "review" / "SIGNING_KEY").read_text(encoding="utf-8") == before
    assert "@other:5672/" in (secrets / "review" / "AMQP_URL").read_text(encoding="utf-8")


def test_the_composition_gives_each_service_its_own_secrets_and_no_rights(secrets):
    composition = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    for service in SERVICES:
        described = composition["services"][service]
        assert described["command"] == ["serve", service]
        assert described["volumes"] == [f"./secrets/{service}:/run/secrets/xinlv:ro"]
        assert described["cap_drop"] == ["ALL"]
        assert described["read_only"] is True
        told = {name: text for name, text in described["environment"].items() if "${" not in text}
        Settings.from_environment(service, told | {"XINLV_SECRETS_FOLDER": str(secrets / service)})
    made = {line.split("=")[0] for line in (secrets / "parts.env").read_text(encoding="utf-8").splitlines()}
    for name in made:
        assert f"${{{name}}}" in (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")


@pytest.mark.skipif(not KUBECTL, reason="no kubectl here to render with")
@pytest.mark.parametrize("overlay", ["dev", "prod"])
def test_an_overlay_renders_five_guarded_services(overlay):
    command = [KUBECTL, "kustomize", str(ROOT / "k8s/overlays" / overlay)]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    documents = list(yaml.safe_load_all(rendered))
    deployments = {item["metadata"]["name"]: item for item in documents if item["kind"] == "Deployment"}
    assert deployments.keys() == set(SERVICES)
    (configuration,) = [item for item in documents if item["kind"] == "ConfigMap"]
    for name, deployment in deployments.items():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["args"] == ["serve", name]
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["resources"]["limits"]["memory"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["envFrom"][0]["configMapRef"]["name"] == configuration["metadata"]["name"]
        assert {"name": "secrets", "secret": {"secretName": f"xinlv-{name}"}} in pod["volumes"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["terminationGracePeriodSeconds"] >= 45
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
