"""Containers and Kubernetes get what services read: every manifest parses, renders and fits the settings."""

from __future__ import annotations

import ast
import importlib
import inspect
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from desk.check.inspection import Inspection
from desk.connection import find_place
from plumbing.offload import Offload
from plumbing.settings import SERVICES, Settings
from runner.install import write_secrets
from runner.stack.processes import StackError

ROOT = Path(__file__).resolve().parents[3]
KUBECTL = shutil.which("kubectl")
OWN_MEMORY_MB = 512


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
    write_secrets(secrets)
    assert "@other:5672/" in (secrets / "review" / "AMQP_URL").read_text(encoding="utf-8"), "and kept"


def test_addresses_may_say_how_to_get_there(tmp_path):
    write_secrets(tmp_path, "amqps://mq:5671", "db-0:27017,db-1:27017/?replicaSet=rs0&tls=true")
    assert (tmp_path / "review" / "AMQP_URL").read_text(encoding="utf-8").startswith("amqps://review:")
    url = (tmp_path / "operator" / "MONGO_URL").read_text(encoding="utf-8")
    assert url.endswith("@db-0:27017,db-1:27017/?replicaSet=rs0&authSource=admin&tls=true")


def test_a_credentials_file_that_cannot_be_read_is_one_line(secrets):
    (secrets / "secrets.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StackError, match="cannot be read"):
        write_secrets(secrets)


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


def test_the_desk_of_the_composition_finds_its_place_and_may_write_its_session(secrets):
    described = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))["services"]["desk"]
    assert described["entrypoint"][-3:] == ["-m", "runner", "desk"]
    assert "./secrets/operator:/run/secrets/xinlv:ro" in described["volumes"]
    assert "./secrets/desk:/desk" in described["volumes"]
    assert (secrets / "desk").is_dir(), "made here, or the engine would make it as root"
    told = {name: text for name, text in described["environment"].items() if "${" not in text}
    place = find_place(None, None, told | {"XINLV_SECRETS_FOLDER": str(secrets / "operator")})
    assert place.session_file.is_relative_to("/desk")
    assert place.settings.bootstrap_secret
    user = {"XINLV_BROKER_MANAGEMENT_USER": "somebody"}
    told |= user | {"XINLV_SECRETS_FOLDER": str(secrets / "operator")}
    assert Inspection(lambda *_: None, find_place(None, None, told).settings, 0.0).has_management
    assert user.keys() <= described["environment"].keys()


def most_memory_of_children(service: str) -> int:
    """The megabytes that a child process of a service may take, as its calls say; 0: it starts none."""
    usual = inspect.signature(Offload.call).parameters["memory_mb"].default
    most = 0
    for file in (ROOT / "services" / service).rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("offload.call"):
                told = {word.arg: ast.unparse(word.value) for word in call.keywords}
                most = max(most, eval(told.get("memory_mb", str(usual)), vars(module)))
    return most


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_take_what_its_children_are_allowed(service):
    wanted = OWN_MEMORY_MB + most_memory_of_children(service)
    composition = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    assert int(composition["services"][service]["mem_limit"].removesuffix("m")) >= wanted
    (document,) = read_all(ROOT / "k8s/base" / service / "deployment.yaml")
    limits = document["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert int(limits["memory"].removesuffix("Mi")) >= wanted


def test_the_numbers_of_children_are_found():
    found = {service: most_memory_of_children(service) for service in SERVICES}
    assert found == {"registration": 0, "submission": 1024, "review": 2048, "awards": 1024, "notify": 0}


def render(overlay: str) -> list[dict]:
    command = [KUBECTL, "kustomize", str(ROOT / "k8s/overlays" / overlay)]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return list(yaml.safe_load_all(rendered))


@pytest.mark.skipif(not KUBECTL, reason="no kubectl here to render with")
@pytest.mark.parametrize("overlay", ["dev", "prod"])
def test_the_network_is_closed_around_our_pods_and_nobody_elses(overlay):
    documents = render(overlay)
    (policy,) = [item for item in documents if item["kind"] == "NetworkPolicy"]
    chosen = policy["spec"]["podSelector"]["matchLabels"].items()
    assert chosen, "an empty selector would close the broker and the store of the same namespace too"
    for item in documents:
        if item["kind"] in ("Deployment", "Job"):
            assert chosen <= item["spec"]["template"]["metadata"]["labels"].items(), item["metadata"]["name"]


@pytest.mark.skipif(not KUBECTL, reason="no kubectl here to render with")
@pytest.mark.parametrize("overlay", ["dev", "prod"])
def test_an_overlay_renders_five_guarded_services(overlay):
    documents = render(overlay)
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
        (apart,) = pod["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        term = apart["podAffinityTerm"]
        assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": name}, "of this service"
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
