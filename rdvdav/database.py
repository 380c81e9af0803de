"""Base, column types, and the two ways into the database: `transaction()` when one may write, `reading()` when not.

SQLite: WAL, `BEGIN IMMEDIATE` behind one in-process lock (D-1). PostgreSQL: READ COMMITTED to write, one REPEATABLE READ READ ONLY
snapshot to read (K-27). Instants go in and come out aware, in UTC; a naive one raises.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, QueryContext, Session, mapped_column
from sqlalchemy.types import TypeDecorator

SQLITE_WAIT_SECONDS = 60
"""How long another process may hold SQLite's one write lock before we give up."""


_BEHIND = "reads a replica"
_DATABASE = "is a transaction of"
_KEPT = "rows of the directory"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on both sides, UTC in the database (T-1). Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite keeps no zone, so it is dropped there and put back on reading."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"An instant needs a time zone: {value!r}")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back in UTC, whatever zone the server's session has."""
        return None if value is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """On SQLite read the text itself, in a third of the time: lists hold tens of thousands of instants."""
        return _read_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def read_instant(text: str) -> datetime:
    """An instant as SQLite keeps it."""
    return datetime.fromisoformat(f"{text}+00:00")


def _read_text(text: str | None) -> datetime | None:
    return None if text is None else read_instant(text)


WideInteger = BigInteger().with_variant(Integer, "sqlite")

PrimaryKey = Annotated[int, mapped_column(WideInteger, primary_key=True)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Personal = Annotated[str, mapped_column(Text, info={"personal": True})]
"""Text about a person. Purge and hand-over know every such column."""
PersonalDay = Annotated[date, mapped_column(info={"personal": True})]
Folded = Annotated[str, mapped_column(Text().with_variant(Text(collation="C"), "postgresql"), info={"personal": True})]
"""Words about a person as they are searched, in the order of their code points: a b-tree finds what begins like a word."""
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]
"""SHA-256 of a random secret; the secret itself is nowhere."""
Json = Annotated[dict[str, Any], mapped_column(JSON)]


class Base(DeclarativeBase):
    """All tables, with constraint names that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain class attribute
        int: WideInteger,
        str: Text(),
    }


class Kept:
    """Mixin of the few rows that everything asks for: a session keeps what it read of them, so that `get` and references find it."""


@event.listens_for(Kept, "load", propagate=True)
def _keep(row: Kept, context: QueryContext) -> None:
    context.session.info.setdefault(_KEPT, []).append(row)


def words(kind: type) -> Enum:
    """A column type for a `StrEnum`: its values as text, so that adding one needs no migration of a database type."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=40, values_callable=lambda e: [m.value for m in e]
    )


class Database:
    """One database, reached by `transaction()` and `reading()`; one per process, made after fork.

    Attributes:
        engine: For migrations and checks; use cases get a Session.
        engines: All there are of this database: on PostgreSQL what reads keeps connections of its own.
    """

    def __init__(self, url: str | URL, *, read_url: str = "", echo: bool = False, pool_size: int = 20) -> None:
        """Prepare to connect to *url*, and for `following` to a replica of it at *read_url* if there is one; nothing is opened yet."""
        self.replica = Database(read_url, echo=echo, pool_size=pool_size) if read_url else None
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = self._reads = _sqlite(self.url, echo=echo)
            self._writes: Engine = self.engine.execution_options(begin="BEGIN IMMEDIATE")
            self.engines: tuple[Engine, ...] = (self.engine,)
        else:
            self.engine = self._writes = _postgresql(self.url, pool_size, echo=echo, pool_pre_ping=True)
            self._reads = _snapshots(_postgresql(self.url, pool_size, echo=echo, isolation_level="AUTOCOMMIT"))
            self.engines = (self._writes, self._reads)
        self._one_writer: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that may write: committed at the end, rolled back on an error.

        Nothing that waits (SMTP, HTTP, argon2) belongs inside (D-1).
        """
        with self._one_writer, Session(self._writes, expire_on_commit=False) as session, session.begin():
            session.info[_DATABASE] = self
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one snapshot; nothing it does is kept."""
        with Session(self._reads, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def following(self) -> Iterator[Session]:
        """A session on one snapshot for calendar clients: of the replica where there is one, and then a moment behind (`is_behind`)."""
        if self.replica is None:
            with self.reading() as session:
                yield session
            return
        with self.replica.reading() as session:
            session.info[_BEHIND] = True
            yield session

    def dispose(self) -> None:
        """Close all connections."""
        if self.replica is not None:
            self.replica.dispose()
        for engine in self.engines:
            engine.dispose()


def database_of(session: Session) -> Database:
    """The database that *session* is a transaction of: what others see of it meanwhile is read there."""
    database: Database = session.info[_DATABASE]
    return database


def is_behind(session: Session) -> bool:
    """Whether *session* reads a replica, which may not have heard of the last changes."""
    return _BEHIND in session.info


def insert_or_nothing(session: Session, table: type[Base], **columns: Any) -> bool:
    """Insert a row unless a unique key has it already; whether it was inserted."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # What is returned tells: PostgreSQL's driver counts -1 rows for it.
    written = insert(table).values(**columns).on_conflict_do_nothing().returning(*table.__table__.primary_key)
    return session.execute(written).first() is not None


def insert_or_replace(connection: Connection, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert *rows*; those whose primary key is there already take all other columns anew."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement, columns = insert(table), table.__table__.columns
    anew = {column.name: statement.excluded[column.name] for column in columns if not column.primary_key}
    keys = table.__table__.primary_key
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=anew), rows)


def _sqlite(url: URL, *, echo: bool) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        echo=echo,
        hide_parameters=True,  # errors are logged, and parameters name people
        connect_args={"timeout": SQLITE_WAIT_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # pysqlite would open transactions late, and none at all for SELECT
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _postgresql(url: URL, pool_size: int, *, echo: bool, **more: Any) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        echo=echo,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        **more,
    )


def _snapshots(engine: Engine) -> Engine:
    """Let each connection of *engine* begin one snapshot as it leaves the pool, which rolls back what comes back.

    So a read costs two round trips beside its own: a dead connection is noticed by its BEGIN, and nothing is set anew each time.
    """

    @event.listens_for(engine, "checkout")
    def _begin(connection: Any, _record: object, _fairy: object) -> None:
        try:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except engine.dialect.loaded_dbapi.OperationalError as error:
            raise DisconnectionError from error  # the pool then opens another

    return engine
