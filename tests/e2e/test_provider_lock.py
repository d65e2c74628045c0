"""The provider lock files, and where their providers come from, held against the real Terraform."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import zipfile
from pathlib import Path

import filelock
import pytest
from tests.e2e.product import until
from tests.scanners.provider_schema import NAMES, extract, text_of

from infragate.adapters.terraform import provider_source
from infragate.adapters.terraform.cli import Terraform
from infragate.adapters.tools import tool_store
from infragate.domain.errors import BadInput

ROOT = Path(__file__).parents[2]
ROOTS = sorted(path.parent for path in (ROOT / "infra").rglob(".terraform.lock.hcl") if ".terraform" not in path.parts)
AWS = "registry.terraform.io/hashicorp/aws"
# Which package these are the sums of is said in public; docs/tools.md names the sources.
KNOWN = {
    "linux_amd64": "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
    "darwin_arm64": "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=",
}
PACKAGES = 14  # linux, darwin, windows, freebsd and openbsd; linux and darwin on amd64 and arm64 among them
SIGNED = PACKAGES + 1  # the registry's manifest is in the signed list of zip sums as well


def hashes(root: Path, scheme: str) -> list[str]:
    return re.findall(rf'"({scheme}:[^"]+)"', (root / ".terraform.lock.hcl").read_text())


def by_name(root: Path) -> str:
    return str(root.relative_to(ROOT))


def test_every_root_of_the_repository_has_a_lock_file() -> None:
    roots = {path.parent for path in (ROOT / "infra").rglob("versions.tf") if ".terraform" not in path.parts}
    assert roots == set(ROOTS)


def test_all_lock_files_hold_the_same_sums() -> None:
    assert len({tuple(hashes(root, "h1") + hashes(root, "zh")) for root in ROOTS}) == 1


@pytest.mark.parametrize("root", ROOTS, ids=by_name)
def test_the_zip_of_every_platform_is_locked(root: Path) -> None:
    assert len(set(hashes(root, "zh"))) == SIGNED


@pytest.mark.parametrize("root", ROOTS, ids=by_name)
def test_the_content_of_every_platforms_package_is_locked(root: Path) -> None:
    assert len(set(hashes(root, "h1"))) == PACKAGES
    assert set(KNOWN.values()) <= set(hashes(root, "h1"))


@pytest.mark.parametrize("root", ROOTS, ids=by_name)
def test_the_locked_version_is_the_one_that_the_root_asks_for(root: Path) -> None:
    asked = re.search(r'version\s*=\s*"= ?([\d.]+)"', (root / "versions.tf").read_text()) or re.search(
        r'version\s*=\s*"([\d.]+)"', (root / "versions.tf").read_text()
    )
    assert asked is not None
    assert provider_source.locked(root) == {AWS: asked.group(1)}


@pytest.mark.parametrize("root", ROOTS, ids=by_name)
def test_terraform_accepts_the_lock_file_as_it_is(root: Path, tmp_path: Path, user: Path) -> None:
    before = (root / ".terraform.lock.hcl").read_bytes()
    done = init(root, tmp_path, "-lockfile=readonly")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "root" / ".terraform.lock.hcl").read_bytes() == before


def test_a_lock_file_without_the_packages_sum_is_refused(tmp_path: Path, user: Path) -> None:
    (tmp_path / "tampered").mkdir()
    for name in ("versions.tf", ".terraform.lock.hcl"):
        text = (ROOTS[0] / name).read_text().replace(KNOWN["linux_amd64"], "h1:" + "A" * 43 + "=")
        (tmp_path / "tampered" / name).write_text(text)
    done = init(tmp_path / "tampered", tmp_path, "-lockfile=readonly")
    assert done.returncode == 1
    assert "checksums" in done.stderr


def test_the_recorded_names_of_types_and_arguments_are_the_providers(tmp_path: Path, user: Path) -> None:
    """Of the version that the roots lock; tests of the policies read them."""
    assert init(ROOTS[0], tmp_path).returncode == 0
    argv = [str(tool_store.program("terraform", ROOT).path), "providers", "schema", "-json"]
    done = subprocess.run(argv, cwd=tmp_path / "root", check=True, capture_output=True, timeout=120)
    assert NAMES.read_text(encoding="utf-8") == text_of(extract(json.loads(done.stdout)))


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test; the machine's mirrors outside homes stay."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    for name in ("TF_CLI_CONFIG_FILE", "XDG_DATA_HOME", provider_source.NAMED):
        monkeypatch.delenv(name, raising=False)
    return home


def init(root: Path, tmp_path: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """`terraform init` of the provider requirements of a root, with the configuration that the verbs use."""
    work = tmp_path / "root"
    work.mkdir()
    for name in ("versions.tf", ".terraform.lock.hcl"):
        shutil.copy(root / name, work / name)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "TF_CLI_CONFIG_FILE": str(provider_source.cli_file(work, tmp_path)),
        "CHECKPOINT_DISABLE": "1",
    }
    program = tool_store.program("terraform", ROOT).path
    return subprocess.run(
        [program, "init", "-backend=false", "-input=false", "-no-color", *flags],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
    )


def demo_mirror(folder: Path) -> None:
    """A mirror that holds one small provider for this machine."""
    place = folder / "registry.terraform.io/acme/demo/1.0.0" / tool_store.own_platform()
    place.mkdir(parents=True)
    program = place / "terraform-provider-demo_v1.0.0"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)


def demo_stack(tmp_path: Path) -> Path:
    stack = tmp_path / "stack"
    stack.mkdir()
    (stack / "versions.tf").write_text(
        'terraform {\n  required_providers {\n    demo = { source = "acme/demo", version = "1.0.0" }\n  }\n}\n'
    )
    (stack / ".terraform.lock.hcl").write_text('provider "registry.terraform.io/acme/demo" {\n  version = "1.0.0"\n}\n')
    return stack


@pytest.mark.parametrize("place", ["home/.terraform.d/plugins", "home/.local/share/terraform/plugins", "named"])
def test_terraform_takes_a_provider_from_a_mirror_that_was_found(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    demo_mirror(tmp_path / place)
    if place == "named":
        monkeypatch.setenv(provider_source.NAMED, str(tmp_path / place))
    done = init(demo_stack(tmp_path), tmp_path)
    assert "Installed acme/demo v1.0.0" in done.stdout, done.stderr


def test_a_mirror_inside_the_checkout_is_not_used(user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = demo_stack(tmp_path)
    demo_mirror(stack / "terraform.d" / "plugins")
    monkeypatch.chdir(stack)
    assert provider_source.packages(stack) == {}


def test_a_configuration_file_that_does_not_exist_is_as_none(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "nowhere.tfrc"))
    demo_mirror(user / ".terraform.d/plugins")
    assert "Installed acme/demo v1.0.0" in init(demo_stack(tmp_path), tmp_path).stdout


def test_a_users_own_rule_is_used_as_it_is(user: Path, tmp_path: Path) -> None:
    rule = 'provider_installation {\n  network_mirror {\n    url = "https://mirror.example.com/"\n  }\n}\n'
    (user / ".terraformrc").write_text(rule)
    assert provider_source.cli_file(demo_stack(tmp_path), tmp_path) == user / ".terraformrc"


def test_a_rule_in_a_comment_is_none(user: Path, tmp_path: Path) -> None:
    (user / ".terraformrc").write_text("# provider_installation {}\n/* provider_installation {} */\n")
    assert provider_source.cli_file(demo_stack(tmp_path), tmp_path) == tmp_path / "terraform.tfrc"


def test_credentials_of_a_users_file_are_kept_beside_the_mirrors(user: Path, tmp_path: Path) -> None:
    demo_mirror(user / ".terraform.d/plugins")
    (user / ".terraformrc").write_text('disable_checkpoint = false\ncredentials "tf.example.com" {\n  token = "t"\n}\n')
    stack = demo_stack(tmp_path)
    path = provider_source.cli_file(stack, tmp_path)
    assert 'credentials "tf.example.com"' in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Installed acme/demo v1.0.0" in init(stack, tmp_path).stdout


def test_overrides_of_locked_providers_are_refused(user: Path, tmp_path: Path) -> None:
    (user / ".terraformrc").write_text(
        'provider_installation {\n  dev_overrides { "hashicorp/aws" = "/tmp/mine" }\n}\n'
    )
    with pytest.raises(BadInput, match="dev_overrides"):
        provider_source.cli_file(demo_stack(tmp_path), tmp_path)


# ---- the plugin cache, which Terraform does not lock --------------------------------------------------------------


def packed_mirror(folder: Path) -> None:
    """A mirror that holds the small provider as a zip, which Terraform unpacks into the plugin cache."""
    place = folder / "registry.terraform.io/acme/demo"
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / f"terraform-provider-demo_1.0.0_{tool_store.own_platform()}.zip", "w") as archive:
        archive.writestr("terraform-provider-demo_v1.0.0", "#!/bin/sh\n")


def adapter(tmp_path: Path) -> Terraform:
    stack = demo_stack(tmp_path)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "TF_CLI_CONFIG_FILE": str(provider_source.cli_file(stack, tmp_path)),
        "CHECKPOINT_DISABLE": "1",
    }
    program = tool_store.program("terraform", ROOT).path
    return Terraform(
        program=program, folder=stack, root=stack, environment=environment, where="stack", backend_folder=stack
    )


def busy_cache(tmp_path: Path) -> filelock.FileLock:
    """The lock that another init would hold."""
    (tmp_path / "cache").mkdir(exist_ok=True)
    return filelock.FileLock(tmp_path / "cache" / "providers.lock", thread_local=False)


def test_an_init_that_writes_the_plugin_cache_waits_for_another_one(user: Path, tmp_path: Path) -> None:
    packed_mirror(user / ".terraform.d/plugins")
    terraform, said = adapter(tmp_path), list[str]()
    running = threading.Thread(target=lambda: terraform.init({}, say=said.append, options=("-backend=false",)))
    with busy_cache(tmp_path):
        running.start()
        until(lambda: said, seconds=20)
        assert not (terraform.folder / ".terraform").exists()
    running.join(60)
    assert said == ["another terraform init is writing the plugin cache; waiting for it"]
    assert list((tmp_path / "cache" / "providers").rglob("terraform-provider-demo_v1.0.0"))
    assert (terraform.folder / ".terraform").is_dir()


def test_an_init_whose_providers_are_all_linked_waits_for_nobody(user: Path, tmp_path: Path) -> None:
    demo_mirror(user / ".terraform.d/plugins")
    terraform, said = adapter(tmp_path), list[str]()
    with busy_cache(tmp_path):
        terraform.init({}, say=said.append, options=("-backend=false",))
    assert said == []
    assert not (tmp_path / "cache" / "providers").exists()


def test_a_plugin_cache_of_the_users_own_rule_is_locked_as_well(user: Path, tmp_path: Path) -> None:
    (user / "own cache").mkdir()
    packed_mirror(user / "mirror")
    (user / ".terraformrc").write_text(
        f'plugin_cache_dir = "{user}/own cache"\n'
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{user}/mirror"\n  }}\n}}\n'
    )
    terraform, said = adapter(tmp_path), list[str]()
    running = threading.Thread(target=lambda: terraform.init({}, say=said.append, options=("-backend=false",)))
    with busy_cache(tmp_path):
        running.start()
        until(lambda: said, seconds=20)
    running.join(60)
    assert list((user / "own cache").rglob("terraform-provider-demo_v1.0.0"))


def test_the_lock_is_free_after_an_init_that_failed(user: Path, tmp_path: Path) -> None:
    terraform = adapter(tmp_path)
    (terraform.folder / "broken.tf").write_text("nonsense {")
    with pytest.raises(BadInput):
        terraform.init({}, say=lambda _line: None, options=("-backend=false",))
    busy_cache(tmp_path).acquire(timeout=0)
