"""What a program can reach behind the wall of Terraform: the interpreter stands in for a provider that tries."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration import walls

from infragate.adapters.process import children
from infragate.adapters.process.wall import Wall
from infragate.adapters.terraform import terraform_wall
from infragate.domain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Places:
    """A checkout with what is around it, and a server in the place of the emulator."""

    root: Path
    data: Path
    keys: Path
    emulator: int

    @property
    def stack(self) -> Path:
        return self.root / "infra" / "envs" / "dev"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.emulator}",
            "AWS_CONFIG_FILE": str(self.keys / "config"),
            "TF_CLI_CONFIG_FILE": str(self.data / "terraform.tfrc"),
        }

    def wall(self, **more: str) -> Wall:
        around = terraform_wall.around(
            self.stack,
            root=self.root,
            data=self.data / "terraform",
            program=Path(sys.executable),
            environment={**self.environment, **more},
        )
        return around.also(readable=walls.PYTHON)


@pytest.fixture(params=walls.KINDS, autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    walls.use(request.param, monkeypatch)
    return str(request.param)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    root, data = tmp_path / "checkout", tmp_path / "state" / "aws" / "dev"
    for name in ("infra/envs/dev/main.tf", "infra/envs/prod/main.tf", "modules/sg/main.tf", ".git/config", ".env"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "outside").symlink_to(tmp_path / "other")
    for name in ("plan/terraform/modules.json", "runs/run-1/config", "runs/run-2/config", "apply/tfplan", "cache/x"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "main.tf").write_text("other")
    with socket.create_server(("127.0.0.1", 0)) as emulator:
        yield Places(root, data / "plan", data / "runs" / "run-1", int(emulator.getsockname()[1]))


def works(expression: str, wall: Wall) -> bool:
    """Whether a Python expression ends without an error behind the wall."""
    code = f"import socket\ntry: {expression}\nexcept OSError: print('refused')\nelse: print('done')"
    said = children.run([sys.executable, "-I", "-S", "-c", code], wall=wall, timeout=60).stdout.strip()
    assert said in ("done", "refused")
    return said == "done"


def reads(path: Path, wall: Wall) -> bool:
    return works(f"open({str(path)!r}).read()", wall)


def connects(port: int, wall: Wall) -> bool:
    return works(f"socket.create_connection(('127.0.0.1', {port}))", wall)


@pytest.mark.parametrize("name", ["infra/envs/dev/main.tf", "modules/sg/main.tf", "infra/envs/prod/main.tf"])
def test_the_code_of_the_checkout_can_be_read(name: str, places: Places) -> None:
    assert reads(places.root / name, places.wall())


@pytest.mark.parametrize("name", [".git/config", ".env", "outside/main.tf"])
def test_what_is_no_code_cannot(name: str, places: Places) -> None:
    assert not reads(places.root / name, places.wall())


def test_the_keys_of_this_run_can_be_read_and_no_others(places: Places) -> None:
    assert reads(places.keys / "config", places.wall())
    assert not reads(places.keys.with_name("run-2") / "config", places.wall())


def test_the_plans_of_others_cannot_be_read(places: Places) -> None:
    assert not reads(places.data.with_name("apply") / "tfplan", places.wall())


def test_a_plan_changes_neither_the_code_nor_terraforms_data(places: Places) -> None:
    for place in (places.stack / "main.tf", places.data / "terraform" / "modules.json"):
        assert reads(place, places.wall())
        assert not works(f"open({str(place)!r}, 'w')", places.wall())


def test_in_the_sandbox_nothing_is_reached_but_the_emulator(places: Places) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        port = int(elsewhere.getsockname()[1])
        assert connects(places.emulator, places.wall())
        assert not connects(port, places.wall())
        datagram = f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))"
        assert not works(datagram, places.wall())


def test_with_aws_the_ports_are_those_of_https_and_names_the_proxy_and_the_setting(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(terraform_wall.PORTS, "6443, 5432")
    wall = places.wall(AWS_ENDPOINT_URL="", HTTPS_PROXY="http://proxy.example.com:3128")
    assert (set(wall.ports), wall.datagrams) == ({443, 53, 3128, 6443, 5432}, True)


@pytest.mark.parametrize("name", ["infra/envs/dev", "infra"])
def test_a_stack_whose_folder_leads_out_of_the_checkout_is_refused(name: str, places: Places) -> None:
    link = places.root / name
    link.rename(places.root.parent / "moved")
    link.symlink_to(places.root.parent / "moved")
    with pytest.raises(BadInput, match="a link that leads out"):
        places.wall()


@pytest.mark.parametrize("value", ["http", "0", "65536", "1-100"])
def test_a_port_that_is_none_is_bad_input(value: str, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(terraform_wall.PORTS, value)
    with pytest.raises(BadInput, match="not a list of TCP ports"):
        places.wall(AWS_ENDPOINT_URL="")


def test_the_registrys_keys_are_visible_to_init_only(places: Places) -> None:
    configuration = places.data / "terraform.tfrc"
    configuration.write_text('credentials "example.com" {\n  token = "canary"\n}\n')
    fetching = terraform_wall.fetching(places.wall(), data=places.data / "terraform", environment=places.environment)
    assert reads(configuration, fetching)
    assert not reads(configuration, places.wall())


def test_init_writes_terraforms_data_and_the_plugin_cache(places: Places) -> None:
    cache = places.data.with_name("cache")
    (places.data / "terraform.tfrc").write_text(f'plugin_cache_dir = "{cache}"\n')
    fetching = terraform_wall.fetching(places.wall(), data=places.data / "terraform", environment=places.environment)
    for place in (cache / "provider", places.data / "terraform" / "terraform.tfstate"):
        assert works(f"open({str(place)!r}, 'w').write('x')", fetching)
