"""Names of events and of their files."""

from uuid import UUID

import pytest

from rdvdav.ical.uid import href_of, new_uid


def test_a_uid_is_random_and_of_its_host() -> None:
    local, _, host = new_uid("rdv.example").partition("@")

    assert UUID(local).version == 4
    assert host == "rdv.example"
    assert new_uid("rdv.example") != new_uid("rdv.example")


def test_the_file_keeps_its_name_when_the_host_changes() -> None:
    uid = new_uid("old.example")

    assert href_of(uid) == href_of(uid.replace("old", "new")) == f"{uid.partition('@')[0]}.ics"


@pytest.mark.parametrize("uid", ["", "@rdv.example", "a/b@rdv.example", "../a", "été@rdv.example", "a b", "a\n"])
def test_a_name_that_is_no_file_name_is_refused(uid: str) -> None:
    with pytest.raises(ValueError, match="no file"):
        href_of(uid)
