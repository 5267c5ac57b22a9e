"""Images made on the spot, as none can be pulled everywhere: a Debian, a small server on it."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import docker
from docker.errors import ImageNotFound

ROOT = Path(__file__).parents[2]
PACKAGES = "ca-certificates,git,libgomp1,python3,python3-venv,ripgrep"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
SMALL = """
FROM {base}
RUN useradd --uid 1000 --gid 100 --create-home jovyan
COPY singleuser.py waiting.py /opt/
LABEL ai.neoai.image="test"
LABEL ai.neoai.waiting="python3 /opt/waiting.py /opt/singleuser.py"
CMD ["python3", "/opt/singleuser.py"]
"""


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _is_here(client: docker.APIClient, image: str) -> bool:
    try:
        client.inspect_image(image)
    except ImageNotFound:
        return False
    return True


def base_image(client: docker.APIClient) -> str:
    """A minimal Debian with what NeoAI's image installs, and this machine's authorities."""
    authorities = AUTHORITIES.read_bytes() if AUTHORITIES.exists() else b""
    image = f"neoai-base:{_digest(PACKAGES.encode(), authorities)}"
    if _is_here(client, image):
        return image
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        if authorities:
            (Path(folder) / AUTHORITIES.relative_to("/")).write_bytes(authorities)
        packed = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)
        subprocess.run(["docker", "import", "-", image], check=True, stdin=packed.stdout)
        assert packed.wait() == 0
    return image


def build(
    client: docker.APIClient,
    image: str,
    files: dict[str, bytes],
    arguments: dict[str, str] | None = None,
) -> str:
    """Build `image` from a Dockerfile and the files that it copies; kept where it is there."""
    if _is_here(client, image):
        return image
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    context.seek(0)
    lines = client.build(
        fileobj=context,
        custom_context=True,
        tag=image,
        rm=True,
        network_mode="host",
        buildargs=arguments or {},
        decode=True,
    )
    said = [line.get("stream") or line.get("error") or "" for line in lines]
    assert _is_here(client, image), "".join(said)[-4000:]
    return image


def small_image(client: docker.APIClient) -> str:
    """An image whose server is `singleuser.py`."""
    dockerfile = SMALL.format(base=base_image(client)).encode()
    files = {
        "Dockerfile": dockerfile,
        "singleuser.py": (ROOT / "tests" / "fakes" / "singleuser.py").read_bytes(),
        "waiting.py": (ROOT / "binder" / "image" / "waiting.py").read_bytes(),
    }
    return build(client, f"neoai-small:{_digest(*files.values())}", files)


SOURCES = ("neoai_server_ext", "hub/neoai_hub", "spawners/neoai_spawners", "jupyter-config")
COPIED = (
    "constraints.txt",
    "pyproject.toml",
    "binder/image/requirements.py",
    "binder/image/gpu-constraints.txt",
    "binder/image/jupyter_server_config.json",
    "binder/image/healthcheck.py",
    "binder/image/singleuser.py",
    "binder/image/waiting.py",
)


def neoai_image(client: docker.APIClient) -> str:
    """NeoAI's own image, of this tree, on the minimal Debian."""
    base = base_image(client)
    files = {name: (ROOT / name).read_bytes() for name in COPIED}
    files["Dockerfile"] = (ROOT / "binder" / "image" / "Dockerfile").read_bytes()
    image = f"neoai:{_digest(base.encode(), *files.values(), *_tree())}"
    if _is_here(client, image):
        return image
    with tempfile.TemporaryDirectory() as folder:
        wheel = _wheel(Path(folder))
        files[f"dist/{wheel.name}"] = wheel.read_bytes()
    return build(client, image, files, {"BASE": base})


def _tree() -> list[bytes]:
    """The content of everything that goes into the wheel, but what is compiled."""
    paths = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*"))]
    paths.append(ROOT / "neoai_lab_ext" / "labextension" / "package.json")
    kept = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return [part for path in kept for part in (str(path).encode(), path.read_bytes())]


def _wheel(folder: Path) -> Path:
    """The wheel of this tree, with the lab extension as `make install` has built it."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel
