"""`./xinlv topology`: what services need on the parts, declared; and the secrets of an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runner.options import Home, Name, find_stack, refuse

app = typer.Typer(help="拓扑与密钥。Declare topology, users and buckets; make secrets.", no_args_is_help=True)


@app.command("apply")
def apply(
    home: Home = None,
    name: Name = "main",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what differs.")] = False,
) -> None:
    """应用拓扑。Declare users, buckets, virtual hosts and queues; repeatable; says what differed."""
    from runner.provision import provision, provision_given

    stack = find_stack(home, name)
    running = stack.is_running()
    differences = provision(stack.attach(), dry_run=dry_run) if running else provision_given(dry_run=dry_run)
    for difference in differences:
        typer.echo(difference)
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{len(differences)} {verb}" if differences else "已是所声明的状态 everything is as declared")


@app.command("secrets")
def topology_secrets(
    folder: Annotated[Path, typer.Argument(help="Where to write; keep it out of the repository.")],
    broker: Annotated[
        str | None,
        typer.Option(help="host:port of RabbitMQ, or amqps://host:port; as before, or rabbitmq:5672."),
    ] = None,
    mongo: Annotated[
        str | None,
        typer.Option(
            help="host:port of MongoDB, several by commas, /?replicaSet=… may follow; or mongo:27017."
        ),
    ] = None,
    mail: Annotated[
        str | None, typer.Option(help="SMTP URL of the mail server; as before, or smtp://mail:8025.")
    ] = None,
    renew: Annotated[
        str | None, typer.Option(help="A service that gets a new signing key beside the old one.")
    ] = None,
    retire: Annotated[
        str | None, typer.Option(help="A service whose old public keys only it keeps, for its old seals.")
    ] = None,
) -> None:
    """生成密钥。Make the passwords and keys of an installation: a folder a service, a file a secret.

    What is there is kept; run again after a change.
    """
    from plumbing.settings import SERVICES
    from runner.install import write_secrets

    for service in (renew, retire):
        if service not in (None, *SERVICES):
            listed = ", ".join(SERVICES)
            refuse(f"没有 {service} 这个服务，可用：{listed}", f"{service!r} is not one of {listed}")
    for written in write_secrets(folder, broker, mongo, mail, renew=renew, retire=retire):
        typer.echo(str(written))
