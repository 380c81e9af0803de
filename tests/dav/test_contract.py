"""What we override of Radicale is still there, and is called as it was (the reason for `radicale>=3.9,<3.10`)."""

import inspect
from importlib.metadata import version

import pytest
import radicale.app
import radicale.auth
import radicale.item
import radicale.rights
import radicale.storage

from rdvdav_radicale.application import ReadOnlyApplication
from rdvdav_radicale.auth import Auth
from rdvdav_radicale.collection import AgendaCollection, StoredItem
from rdvdav_radicale.rights import Rights
from rdvdav_radicale.storage import Storage

REQUEST = "(self, environ, base_prefix, path, user, user_groups, request_info)"
EXPECTED = {
    (radicale.app.Application, "__init__"): "(self, configuration)",
    (radicale.app.Application, "__call__"): "(self, environ, start_response)",
    (radicale.app.Application, "_handle_request"): "(self, environ)",
    (radicale.app.Application, "_read_xml_request_body"): "(self, environ, request_info)",
    (radicale.app.Application, "_xml_response"): "(self, xml_content, request_info)",
    (radicale.app.Application, "_webdav_error_response"): "(self, status, human_tag, request_info)",
    **{
        (radicale.app.Application, f"do_{method}"): REQUEST
        for method in (
            "DELETE",
            "GET",
            "HEAD",
            "MKCALENDAR",
            "MKCOL",
            "MOVE",
            "OPTIONS",
            "POST",
            "PROPFIND",
            "PROPPATCH",
            "PUT",
            "REPORT",
        )
    },
    (radicale.auth.BaseAuth, "__init__"): "(self, configuration)",
    (radicale.auth.BaseAuth, "_login_ext"): "(self, login, password, context)",
    (radicale.auth.BaseAuth, "_sleep_for_constant_exec_time"): "(self, time_ns_begin)",
    (radicale.rights.BaseRights, "authorization"): "(self, user, user_groups, path)",
    (radicale.storage.BaseStorage, "__init__"): "(self, configuration)",
    (radicale.storage.BaseStorage, "acquire_lock"): "(self, mode, user, *args, **kwargs)",
    (radicale.storage.BaseStorage, "discover"): "(self, path, depth, child_context_manager, user_groups)",
    (radicale.storage.BaseCollection, "sync"): "(self, old_token)",
    (radicale.storage.BaseCollection, "get_multi"): "(self, hrefs)",
    (radicale.storage.BaseCollection, "get_all"): "(self)",
    (radicale.storage.BaseCollection, "get_filtered"): "(self, filters)",
    (radicale.storage.BaseCollection, "get_meta"): "(self, key)",
    (radicale.storage.BaseCollection, "has_uid"): "(self, uid)",
    (radicale.storage.BaseCollection, "serialize"): "(self, vcf_to_ics, ShareActions)",
    (radicale.item.Item, "serialize"): "(self)",
}
PROPERTIES = ("path", "owner", "is_principal", "etag", "tag", "last_modified")
ITEM = {
    "collection",
    "href",
    "_collection_path",
    "_etag",
    "_text",
    "_name",
    "_component_name",
    "_vobject_item",
    "_uid",
    "_time_range",
}


def shape(function: object) -> str:
    """The names of a function's parameters."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    parameters = inspect.signature(function).parameters.values()
    return f"({', '.join(stars.get(parameter.kind, '') + parameter.name for parameter in parameters)})"


def test_it_is_the_version_we_know() -> None:
    assert version("radicale").startswith("3.9.")


@pytest.mark.parametrize(("owner", "name"), EXPECTED, ids=lambda part: getattr(part, "__name__", part))
def test_a_method_takes_what_it_took(owner: type, name: str) -> None:
    assert shape(getattr(owner, name)) == EXPECTED[owner, name]


def test_all_that_a_collection_can_be_asked_is_answered_by_ours() -> None:
    asked = {name for name in vars(radicale.storage.BaseCollection) if not name.startswith("_")}

    assert asked - set(vars(AgendaCollection)) == {"upload", "delete", "set_meta"}
    assert all(isinstance(getattr(radicale.storage.BaseCollection, name), property) for name in PROPERTIES)


def test_an_item_is_made_of_what_we_set() -> None:
    source = inspect.getsource(radicale.item.Item.__init__)

    assert {line.split("self.")[1].split(" ")[0] for line in source.splitlines() if " self." in line} == ITEM | {
        "last_modified"
    }
    assert set(inspect.getsource(StoredItem.__init__).split()) >= {
        f"self.{name}" for name in ("href", "_etag", "_text")
    }


def test_every_method_there_is_was_decided_on() -> None:
    offered = {name for name in dir(radicale.app.Application) if name.startswith("do_")}
    ours = {name for name in vars(ReadOnlyApplication) if name.startswith("do_")}

    assert offered - ours == {"do_HEAD"}  # which calls do_GET


def test_logging_in_is_still_the_base_classes() -> None:
    assert Auth.login is radicale.auth.BaseAuth.login
    assert issubclass(Rights, radicale.rights.BaseRights)
    assert issubclass(Storage, radicale.storage.BaseStorage)
