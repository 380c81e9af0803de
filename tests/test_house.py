"""What holds for the whole house: words for errors, settings shown, layers kept, the wheel complete."""

import re
import tomllib
import zipfile
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from subprocess import run
from sys import executable
from types import ModuleType

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import rdvdav
import rdvdav_radicale
import rdvdav_web
from rdvdav import migrations
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.errors import NotFound, RdvdavError, Refused, Stale
from rdvdav.settings import Settings, SettingsUnreadable, load
from rdvdav.tables import metadata
from rdvdav_web import create_app
from rdvdav_web.errors import notice

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "rdvdav": ROOT / "rdvdav",
    "rdvdav_web": ROOT / "web/rdvdav_web",
    "rdvdav_radicale": ROOT / "plugins/rdvdav_radicale",
}


def modules() -> list[ModuleType]:
    """Every module of the three packages, but migration scripts, which only Alembic runs."""
    found = []
    for package in (rdvdav, rdvdav_radicale, rdvdav_web):
        for info in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in info.name and not info.name.endswith("__main__"):
                found.append(import_module(info.name))
    return found


def leaves(family: type[RdvdavError] = RdvdavError) -> list[type[RdvdavError]]:
    """All error classes of the house."""
    modules()
    below = [leaf for child in family.__subclasses__() for leaf in leaves(child)]
    return [*family.__subclasses__(), *below] if family is RdvdavError else [family, *below]


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings) -> Flask:
    return create_app(sqlite, clock, settings)


def test_each_error_belongs_to_a_family_and_has_words(app: Flask) -> None:
    with app.test_request_context():
        for leaf in set(leaves()) - {NotFound, Refused, Stale}:
            assert issubclass(leaf, NotFound | Refused | Stale), leaf
            words = notice.dispatch(leaf)
            assert words is not notice.dispatch(object), leaf


def test_each_module_says_what_lives_there() -> None:
    silent = [module.__name__ for module in modules() if not (module.__doc__ or "").strip() and _has_code(module)]
    assert silent == []


def _has_code(module: ModuleType) -> bool:
    return bool(module.__file__ and Path(module.__file__).read_text(encoding="utf-8").strip())


def test_the_example_file_shows_every_setting_with_its_default() -> None:
    text = (ROOT / "config/rdvdav.toml").read_text(encoding="utf-8")
    shown = tomllib.loads(text)
    assert shown == {f.name: getattr(Settings(), f.name) for f in fields(Settings)}
    for field in fields(Settings):
        assert f"# {field.metadata['doc']}\n{field.name} = " in text


def test_the_example_file_can_be_loaded_and_the_environment_wins() -> None:
    settings = load({"RDVDAV_CONFIG": str(ROOT / "config/rdvdav.toml"), "RDVDAV_WINDOW_DAYS": "7"})
    assert settings == Settings(window_days=7)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"RDVDAV_WINDOW_DAYS": "many"}, "RDVDAV_WINDOW_DAYS is 'many'"),
        ({"RDVDAV_DEMONSTRATION": "perhaps"}, "RDVDAV_DEMONSTRATION is 'perhaps'"),
        ({"RDVDAV_PUBLIC_URL": "rdv.example.fr"}, "public_url"),
        ({"RDVDAV_SMTP_URL": "smtp+tls://user:secret@mail.example.fr"}, "smtp_url must begin"),
        ({"RDVDAV_INBOX_URL": "https://user:secret@mail.example.fr"}, "inbox_url must begin"),
        ({"RDVDAV_IDENTITY_PROVIDERS": "[1]"}, "RDVDAV_IDENTITY_PROVIDERS is '[1]'"),
        ({"RDVDAV_CONFIG": "/nowhere/rdvdav.toml"}, "can't be read"),
    ],
)
def test_an_unusable_setting_is_refused_by_name(environment: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsUnreadable, match=re.escape(says)):
        load(environment)


def test_an_unknown_setting_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "rdvdav.toml").write_text('datbase_url = "sqlite://"\n', encoding="utf-8")
    with pytest.raises(SettingsUnreadable, match="unknown setting 'datbase_url'"):
        load({"RDVDAV_CONFIG": str(tmp_path / "rdvdav.toml")})


def test_the_migrated_schema_is_that_of_the_code(database: Database) -> None:
    assert migrations.is_current(database)
    assert migrations.differences(database) == []


def test_each_column_about_a_person_is_marked(database: Database) -> None:
    names = re.compile(r"(^|_)(email|phone|first_name|last_name|birth_date|comment|recipient)$")
    of_people = {"agent", "citizen", "citizen_identity", "email_proof", "appointment", "outbox_message"}
    unmarked = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        if table.name in of_people
        for column in table.columns
        if names.search(column.name) and not column.info.get("personal")
    ]
    assert unmarked == []


def test_each_message_has_french() -> None:
    with (PACKAGES["rdvdav"] / "translations/fr/LC_MESSAGES/rdvdav.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    methods = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.jinja", "jinja2")]
    keywords = {
        "_": None,
        "N_": None,
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }
    missing = []
    for root in PACKAGES.values():
        for name, line, message, _comments, context in extract_from_dir(root, methods, keywords=keywords):
            first = message[0] if isinstance(message, tuple) else message
            known = catalogue.get(first, context=context)
            said = known.string if known else ""
            if not (all(said) if isinstance(said, tuple) else said):
                missing.append(f"{name}:{line}: {first!r}")
    assert missing == []


def test_the_wheel_is_whole(tmp_path: Path) -> None:
    command = [executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert "rdvdav/translations/fr/LC_MESSAGES/rdvdav.mo" in packed
    for name, root in PACKAGES.items():
        for path in root.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                assert f"{name}/{path.relative_to(root)}" in packed, path


def test_nothing_in_the_repository_names_a_machine() -> None:
    files = run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    for name in files:
        path = ROOT / name
        if path.suffix in {".png", ".po"} or not path.exists() or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(/work/|/root/|/home/[a-z]+/|/tmp/[a-z])", text), name
